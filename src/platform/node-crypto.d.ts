/** The part of node:crypto that the worker uses (nodejs_compat is on); @types/node would bring all of Node's globals into it. */
declare module "node:crypto" {
  type Bytes = Uint8Array<ArrayBuffer>;
  interface Digesting {
    update(data: string | Uint8Array): this;
    digest(): Bytes;
    digest(encoding: "hex" | "base64"): string;
  }
  export function createHash(algorithm: "sha256"): Digesting;
  export function createHmac(algorithm: "sha256", key: string): Digesting;
  export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean;
}
