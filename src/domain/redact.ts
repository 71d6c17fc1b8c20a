/** What stands where a secret stood. */
export const MASK = "•••";

/** Shorter ones would hide ordinary words; no vendor gives such a secret. */
const SECRET_CHARS_MIN = 4;

/** Fields that hold a secret by their name, whatever stands around it: `accessToken`, `client_secret`, `x-api-key`. */
const NAME =
  "[\\w.$-]{0,40}(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|private[_-]?key|access[_-]?key|authori[sz]ation|credential|cookie)s?[\\w.$-]{0,40}";

/** Value of such a field in JSON: a text, also one that is cut off, or a flat list or object of them. */
const IN_JSON = new RegExp(`("${NAME}"\\s{0,9}:\\s{0,9})("(?:[^"\\\\]|\\\\.)*(?:"|$)|\\[[^\\[\\]]*(?:\\]|$)|\\{[^{}]*(?:\\}|$))`, "gi");
/** The same in JSON that is a text in JSON. */
const IN_ESCAPED_JSON = new RegExp(`(\\\\"${NAME}\\\\"\\s{0,9}:\\s{0,9})(\\\\"(?:(?!\\\\").)*(?:\\\\"|$))`, "gi");
/** In a form or a URL. */
const IN_FORM = new RegExp(`((?:^|[?&;\\s"])${NAME}=)([^&\\s"\\\\]+)`, "gi");
const IN_HEADER = /\b((?:Bearer|Basic)\s{1,4})([\w.~+/=-]{8,})/gi;

/** Secrets that can be told by their look: ours, JSON web tokens, Stripe's, Slack's, GitHub's, Amazon's, Standard Webhooks', PEM keys. */
const BY_LOOK =
  /\bpl_[\w-]{16,}|\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?|\b[sr]k_(?:live|test)_\w{8,}|\bxox[a-z]-[\w-]{8,}|\bgh[pousr]_\w{20,}|\bAKIA[0-9A-Z]{16}\b|\bwhsec_[\w+/=-]{8,}|-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:(?!-----END)[\s\S])*(?:-----END[A-Z ]{0,40}-----)?/g;

/**
 * Hides what must not be shown to a person who looks at a body: values equal to one of `secrets`, fields whose name says that they hold a
 * secret, and what looks like a token or a key. Twice is once.
 *
 * Not seen: a secret in another encoding than plain, JSON or URL (a form of base64, as Mixpanel's, is shown as it came), and one of nobody
 * we know under a name that does not say so.
 */
export function redact(text: string, secrets: readonly string[]): { readonly text: string; readonly masked: number } {
  let masked = 0;
  const hide = (): string => {
    masked++;
    return MASK;
  };
  const hideValue = (whole: string, before: string, value: string): string => {
    const quote = quoteOf(value);
    return value === `${quote}${MASK}${quote}` ? whole : `${before}${quote}${hide()}${quote}`;
  };
  let shown = text;
  for (const form of formsOf(secrets)) shown = shown.replaceAll(form, hide);
  shown = shown.replace(BY_LOOK, hide);
  for (const pattern of [IN_JSON, IN_ESCAPED_JSON, IN_FORM, IN_HEADER]) shown = shown.replace(pattern, hideValue);
  return { text: shown, masked };
}

/** A list or an object becomes a text, so that JSON stays JSON. */
const quoteOf = (value: string): string => (value.startsWith('\\"') ? '\\"' : /^["[{]/.test(value) ? '"' : "");

/** The longest first: one secret may be the beginning of another. */
function formsOf(secrets: readonly string[]): string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < SECRET_CHARS_MIN) continue;
    const inJson = JSON.stringify(secret).slice(1, -1);
    for (const form of [secret, inJson, JSON.stringify(inJson).slice(1, -1), encodeURIComponent(secret.toWellFormed())]) forms.add(form);
  }
  return [...forms].sort((a, b) => b.length - a.length);
}
