import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

export type CheckStep = {
  readonly name: string;
  /** A tool in node_modules/.bin and its arguments. */
  readonly command: readonly string[];
  /** Files of ours that the tool says it read, out of what it printed. */
  readonly countFiles: (output: string) => number;
  /** Lines of the output that only serve the count. */
  readonly isNoise?: (line: string) => boolean;
};

export type CheckResult = {
  readonly passed: boolean;
  readonly filesRead: number;
  readonly seconds: number;
  readonly output: string;
  readonly why: string;
};

const outputBytesMax = 64 * 1024 * 1024;

const numberIn =
  (pattern: RegExp) =>
  (output: string): number =>
    Number(pattern.exec(output)?.[1] ?? 0);

const isOwnFile = (line: string): boolean => line.startsWith(root) && !line.includes("/node_modules/");

/** `tsc --listFiles` names every file of the program, those of packages too. */
const types = (name: string, project: string): CheckStep => ({
  name,
  command: ["tsc", "--noEmit", "--listFiles", "-p", project],
  countFiles: (output) => output.split("\n").filter(isOwnFile).length,
  isNoise: (line) => line.startsWith("/"),
});

export const checkSteps: readonly CheckStep[] = [
  { name: "format", command: ["oxfmt", "--check"], countFiles: numberIn(/on (\d+) files/) },
  { name: "lint", command: ["oxlint"], countFiles: numberIn(/on (\d+) files/) },
  types("types:worker", "tsconfig.json"),
  types("types:scripts", "scripts/tsconfig.json"),
  types("types:tests", "test/tsconfig.json"),
  types("types:dashboard", "src/dashboard/tsconfig.json"),
  {
    name: "dead-code",
    command: [
      "knip",
      "--no-progress",
      "--treat-config-hints-as-errors",
      "--reporter",
      "symbols",
      "--reporter",
      "./scripts/check/count-files.ts",
    ],
    countFiles: numberIn(/dead code looked for in (\d+) files/),
  },
  {
    name: "architecture",
    command: ["vitest", "run", "--project", "node", "test/architecture.test.ts"],
    countFiles: numberIn(/imports read in (\d+) files/),
  },
];

export async function runStep(step: CheckStep): Promise<CheckResult> {
  const started = performance.now();
  const { succeeded, everything } = await run(step.command);
  const filesRead = step.countFiles(everything);
  const readNothing = succeeded && filesRead === 0;
  return {
    passed: succeeded && filesRead > 0,
    filesRead,
    seconds: (performance.now() - started) / 1000,
    output: everything
      .split("\n")
      .filter((line) => step.isNoise?.(line) !== true)
      .join("\n"),
    why: readNothing ? " (it says all is well, but it read no file)" : "",
  };
}

function run([tool, ...args]: readonly string[]): Promise<{ readonly succeeded: boolean; readonly everything: string }> {
  const file = fileURLToPath(new URL(`../../node_modules/.bin/${tool}`, import.meta.url));
  const options = { cwd: root, maxBuffer: outputBytesMax, env: { ...process.env, NO_COLOR: "1" } };
  return new Promise((resolve) => {
    execFile(file, args, options, (error, stdout, stderr) => {
      // A tool that ran and failed has told why; one that could not run, or was cut off, has not.
      const fault = error === null || typeof error.code === "number" ? "" : error.message;
      resolve({ succeeded: error === null, everything: `${stdout}${stderr}${fault}` });
    });
  });
}
