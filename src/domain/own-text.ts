/**
 * The same text in memory of its own, for what is kept longer than the body it was cut out of: V8 makes of a slice of 13 characters and more
 * a view, which keeps the whole text that it looks at alive. Written as JSON and read again, as that keeps lone surrogates.
 */
export const ownText = (text: string): string => JSON.parse(JSON.stringify(text)) as string;
