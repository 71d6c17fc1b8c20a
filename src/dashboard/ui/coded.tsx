/** A sentence of the server: what stands between backticks are names of fields and words to type, drawn as such. */
export const Coded = ({ text }: { text: string }) => (
  <>
    {text.split("`").map((part, index, parts) => (index % 2 === 0 || index === parts.length - 1 ? part : <code key={index}>{part}</code>))}
  </>
);

/** The same where only text fits, as on hover. */
export const uncoded = (text: string | undefined): string | undefined => text?.replaceAll("`", "");
