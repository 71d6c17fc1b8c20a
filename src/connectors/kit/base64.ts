/** Bytes of base64 (either alphabet, padding optional), or null when it is none. A loop: `Uint8Array.from` takes twenty times as long. */
export function decodeBase64(text: string): Uint8Array | null {
  let binary: string;
  try {
    binary = atob(text.includes("-") || text.includes("_") ? text.replaceAll("-", "+").replaceAll("_", "/") : text);
  } catch {
    return null;
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
