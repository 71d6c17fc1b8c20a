import { fail, ok, type Result } from "../domain/result.ts";
import type { Failure } from "./failure.ts";

/** A row by the names of the header; `line` is where it starts in the text, the header being line 1. Empty fields are left out. */
export type CsvRow = { readonly line: number; readonly fields: ReadonlyMap<string, string> };

/** Rows beside the header; columns of the header. */
export type CsvBounds = { readonly rows: number; readonly columns: number };

/**
 * Reads CSV as RFC 4180 has it, with a header row, `\n` or `\r\n`, and a byte order mark forgiven. Empty lines are skipped. Nothing is read
 * beyond its bounds.
 *
 * @param required ways to write a column that the header must have
 */
export function fromCsv(text: string, bounds: CsvBounds, required: readonly string[] = ["id"]): Result<readonly CsvRow[], Failure> {
  const records = recordsOf(text.startsWith("\uFEFF") ? text.slice(1) : text, bounds);
  if (!records.ok) return records;
  const [header, ...rows] = records.value;
  if (header === undefined) return fail({ failure: "invalid", pointer: "", detail: "has no header row" });
  const names = header.values.map((name) => name.trim());
  if (!names.some((name) => required.includes(name)))
    return fail({ failure: "invalid", pointer: "", detail: `the header row has no column \`${required[0]}\`` });
  const tooLong = rows.find((row) => row.values.length > names.length);
  if (tooLong !== undefined)
    return fail({ failure: "invalid", pointer: "", detail: `line ${tooLong.line} has more fields than the header` });
  return ok(
    rows.map(({ line, values }) => ({
      line,
      fields: new Map(names.flatMap((name, i) => (values[i] === undefined || values[i] === "" ? [] : [[name, values[i]] as const]))),
    })),
  );
}

type CsvRecord = { readonly line: number; readonly values: readonly string[] };

function recordsOf(text: string, bounds: CsvBounds): Result<readonly CsvRecord[], Failure> {
  const records: CsvRecord[] = [];
  // One field with what ends it: quoted (doubled quotes inside), or anything without a comma, quote or line end.
  const field = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let values: string[] = [];
  let [line, startLine] = [1, 1];
  while (field.lastIndex < text.length || values.length > 0) {
    const match = field.exec(text);
    if (match === null) return fail({ failure: "invalid", pointer: "", detail: `line ${line} is not CSV: a quote stands where none may` });
    const [whole, quoted, plain = "", end] = match;
    values.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    for (let at = whole.indexOf("\n"); at >= 0; at = whole.indexOf("\n", at + 1)) line += 1;
    if (values.length > bounds.columns)
      return fail({ failure: "too_large", detail: `line ${startLine} may have ${bounds.columns} columns` });
    if (end === ",") continue;
    if (values.length > 1 || values[0] !== "") records.push({ line: startLine, values });
    if (records.length > bounds.rows + 1) return fail({ failure: "too_large", detail: `may have ${bounds.rows} rows` });
    [values, startLine] = [[], line];
  }
  return ok(records);
}
