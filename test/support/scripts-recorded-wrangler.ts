import type { CommandResult, RunWrangler } from "../../scripts/cloud/wrangler.ts";

/**
 * Answers as wrangler 4.155 gave them against an account, in its own words, and keeps what the commands would have made.
 * `failOnce` makes the first command that begins so fail, as a network does.
 */
export class RecordedWrangler {
  readonly commands: string[] = [];
  readonly queues = new Set<string>();
  readonly buckets = new Set<string>();
  readonly databases: { uuid: string; name: string }[] = [];
  readonly secrets = new Map<string, string>();
  workerExists = false;
  loggedIn = true;
  failOnce: string | null = null;

  readonly run: RunWrangler = async (args, input) => {
    const command = args.join(" ");
    this.commands.push(command);
    if (this.failOnce !== null && command.startsWith(this.failOnce)) {
      this.failOnce = null;
      return failed("A request to the Cloudflare API (/accounts/acc) failed. internal error [code: 10001]");
    }
    return this.answer(args, input);
  };

  /** Commands that change the account. */
  made(): string[] {
    return this.commands.filter((command) => /\bcreate\b|\bput\b/.test(command));
  }

  private answer(args: readonly string[], input: string | undefined): CommandResult {
    const [first, second, third = ""] = args;
    const last = args[3] ?? "";
    if (first === "whoami")
      return this.loggedIn ? done('{"loggedIn":true}') : { code: 1, output: '{"loggedIn":false}', stdout: '{"loggedIn":false}' };
    if (first === "queues" && second === "info") {
      return this.queues.has(third)
        ? done(`Queue Name: ${third}`)
        : failed(`Queue "${third}" does not exist. To create it, run: wrangler queues create ${third}`);
    }
    if (first === "queues") this.queues.add(third);
    if (first === "r2" && third === "info") {
      return this.buckets.has(last)
        ? done(JSON.stringify({ name: last }))
        : failed(
            "A request to the Cloudflare API (/accounts/acc/r2/buckets/x) failed.\n  The specified bucket does not exist. [code: 10006]",
          );
    }
    if (first === "r2") this.buckets.add(last);
    if (first === "d1" && second === "list") return done(JSON.stringify(this.databases));
    if (first === "d1") this.databases.push({ uuid: "11111111-2222-3333-4444-555555555555", name: third });
    if (first === "secret" && second === "list") {
      return this.workerExists
        ? done(JSON.stringify([...this.secrets.keys()].map((name) => ({ name, type: "secret_text" }))))
        : failed('Worker "pulseline" not found.');
    }
    if (first === "secret") {
      this.workerExists = true;
      this.secrets.set(third, input ?? "");
    }
    return done("");
  }
}

const done = (stdout: string): CommandResult => ({ code: 0, output: stdout, stdout });
const failed = (text: string): CommandResult => ({ code: 1, output: `✘ [ERROR] ${text}`, stdout: "" });
