/**
 * What an object holds itself under a name that somebody outside wrote (a segment, a key, an attribute): `constructor` and other names that every
 * object inherits are as unknown as any.
 */
export const ownValue = <T>(of: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(of, name) ? of[name] : undefined;
