import { domainKeyOf } from "../../domain/identity/free-mail.ts";
import { identityKey } from "../../domain/identity/key.ts";

const MAIL = /^[^\s@|]+@[^\s@|]+\.[^\s@|]+$/;

export const isMail = (text: string): boolean => text.includes("@") && MAIL.test(text);

/** Adds the keys of an e-mail address: itself and, unless it is a free-mail one, its domain. Any other text adds none. */
export function addMailKeys(keys: string[], text: string): void {
  if (!isMail(text)) return;
  addKey(keys, identityKey("email", text));
  const domain = domainKeyOf(text);
  if (domain !== null) addKey(keys, domain);
}

export function addKey(keys: string[], key: string): void {
  if (!keys.includes(key)) keys.push(key);
}
