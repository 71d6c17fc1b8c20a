/** Token of an `Authorization: Bearer …` header (RFC 6750), at most 512 characters; null when it is anything else. */
export const bearerToken = (header: string | null): string | null =>
  header === null ? null : (/^Bearer +([\x21-\x7e]{1,512})$/i.exec(header)?.[1] ?? null);
