/** Texts by their UTF-16 code units: the same order everywhere, whatever the language of who looks. */
export const byText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
