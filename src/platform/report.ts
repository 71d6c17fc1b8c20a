/** One structured line for a person and for log search: names and numbers only, never a secret, never a customer's text. */
export function reportLine(what: string, facts: Readonly<Record<string, unknown>>): void {
  console.warn(JSON.stringify({ what, ...facts }));
}
