import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/**
 * Secrets of connections at rest: AES-256-GCM under PULSELINE_SECRET_KEY (32 bytes, base64).
 * Text form: base64 of a 12-byte random nonce, the ciphertext and its tag.
 */
const NONCE_BYTES = 12;

export async function encryptText(secretKey: string, text: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await importKey(secretKey), new TextEncoder().encode(text)),
  );
  const bytes = new Uint8Array(NONCE_BYTES + sealed.length);
  bytes.set(iv);
  bytes.set(sealed, NONCE_BYTES);
  // One by one: an argument list has a bound that a long text exceeds.
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Rejects when the text was sealed under another key or has been changed. */
export async function decryptText(secretKey: string, ciphertext: string): Promise<string> {
  const bytes = fromBase64(ciphertext);
  const opened = await crypto.subtle.decrypt(
    { name: "AES-GCM", iv: bytes.subarray(0, NONCE_BYTES) },
    await importKey(secretKey),
    bytes.subarray(NONCE_BYTES),
  );
  return new TextDecoder().decode(opened);
}

/**
 * Secrets of a connection by name, for a door that meets the same ones with every request; null when they cannot be opened.
 * `""` stands for none.
 */
export async function openSecrets(secretKey: string, ciphertext: string): Promise<Readonly<Record<string, string>> | null> {
  if (ciphertext === "") return {};
  const known = opened.get(ciphertext);
  if (known !== undefined) return known;
  try {
    const secrets = JSON.parse(await decryptText(secretKey, ciphertext)) as Record<string, string>;
    if (opened.size >= OPENED_MAX) opened.clear();
    opened.set(ciphertext, secrets);
    return secrets;
  } catch {
    return null;
  }
}

/** Opening takes a dozen microseconds and a hop; a secret changes once a year. */
const opened = new Map<string, Readonly<Record<string, string>>>();
const OPENED_MAX = 1_000;

const importKey = (secretKey: string): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", fromBase64(secretKey), "AES-GCM", false, ["encrypt", "decrypt"]);
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** SHA-256 as lower-case hex: the form in which tokens are stored and looked up. */
export const sha256Hex = (text: string): string => createHash("sha256").update(text).digest("hex");

/** HMAC-SHA-256 of the parts joined, as base64. The key is the UTF-8 of its text. */
export function hmacBase64(keyText: string, ...parts: readonly (string | Uint8Array)[]): string {
  const hmac = createHmac("sha256", keyText);
  for (const part of parts) hmac.update(part);
  return hmac.digest("base64");
}

/** By what a secret is found again without being stored: whoever reads the table can neither use it nor try words against it without our key. */
export const secretDigest = (secretKey: string, secret: string): string => hmacBase64(secretKey, `secret-digest|${secret}`);

/** Compares texts in a time that depends on the content of neither: both are hashed first. */
export const sameSecret = (given: string, right: string): boolean =>
  timingSafeEqual(createHash("sha256").update(given).digest(), createHash("sha256").update(right).digest());
