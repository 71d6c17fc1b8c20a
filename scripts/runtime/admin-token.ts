import { createHash, randomBytes } from "node:crypto";
import type { DataFolder } from "./data-folder.ts";

const hashFile = "admin-token.sha256";

/** `token` is known only when it was given or has just been made; `isNew` when nobody has seen it yet. */
export type AdminToken = { readonly hash: string; readonly token: string | null; readonly isNew: boolean };

/**
 * The admin token of this folder: the one given, else the one of an earlier start, else a new one.
 *
 * A given token takes the place of an earlier one. Only its hash is stored, by `keepAdminToken`, after it was shown:
 * a start that dies before that makes another.
 */
export function adminTokenOf(folder: DataFolder, given: string | undefined): AdminToken {
  if (given !== undefined) return { hash: sha256(given), token: given, isNew: false };
  const stored = folder.read(hashFile);
  if (stored !== null && /^[0-9a-f]{64}$/.test(stored)) return { hash: stored, token: null, isNew: false };
  const token = `pl_admin_${randomBytes(24).toString("base64url")}`;
  return { hash: sha256(token), token, isNew: true };
}

export function keepAdminToken(folder: DataFolder, { hash }: AdminToken): void {
  if (folder.read(hashFile) !== hash) folder.write(hashFile, hash);
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
