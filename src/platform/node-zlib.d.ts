/** The part of node:zlib that the worker uses (nodejs_compat is on); @types/node would bring all of Node's globals into it. */
declare module "node:zlib" {
  export const constants: { readonly Z_BEST_SPEED: number; readonly Z_DEFAULT_COMPRESSION: number };
  export function gzipSync(bytes: Uint8Array, options?: { level?: number }): Uint8Array<ArrayBuffer>;
  export function gunzipSync(bytes: Uint8Array, options?: { maxOutputLength?: number }): Uint8Array<ArrayBuffer>;
}
