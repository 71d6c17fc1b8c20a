import { IdentityDirectory } from "../../durable-objects/identity-directory.ts";
import type { DirectoryPorts } from "../../durable-objects/identity-directory/ports.ts";
import type { DeadLetterCopy } from "../../src/domain/intake/dead-letter.ts";
import { fromPackText, type Pack } from "../../src/domain/intake/pack.ts";
import { gunzip } from "../../src/platform/gzip.ts";

type Fault = "none" | "fails" | "hangs";

/**
 * The directory's outer world for tests in workerd: what it sent, and faults to order. It takes the place of `ports()` on the class, so it
 * outlives a restart of the object.
 */
export class OuterWorld {
  sent: Pack[] = [];
  released: { accountId: string; key: string; version: number }[] = [];
  /** What accounts were told of merges, and what they answer. */
  toldMerged: { accountId: string; into: string | null; version: number }[] = [];
  readonly mergedInto = new Map<string, string>();
  copied: DeadLetterCopy[] = [];
  /** So many times accounts answer that they are not done yet. */
  underWay = 0;
  queue: Fault = "none";
  accounts: Fault = "none";
  deadLetters: Fault = "none";

  ports(): DirectoryPorts {
    const meet = async (fault: Fault): Promise<void> => {
      if (fault === "fails") throw new Error("network connection lost");
      if (fault === "hangs") await new Promise(() => undefined);
    };
    return {
      send: async (message) => {
        await meet(this.queue);
        this.sent.push(fromPackText(new TextDecoder().decode(gunzip(message, 10_000_000))));
      },
      release: async (accountId, key, version) => {
        await meet(this.accounts);
        this.released.push({ accountId, key, version });
        const isUnderWay = this.underWay-- > 0;
        return { mergedInto: isUnderWay ? null : (this.mergedInto.get(accountId) ?? null), isUnderWay };
      },
      setMerged: async (accountId, into, version) => {
        await meet(this.accounts);
        this.toldMerged.push({ accountId, into, version });
      },
      copyDeadLetters: async (letters) => {
        await meet(this.deadLetters);
        this.copied.push(...letters);
      },
    };
  }

  /** For one object; what others (of earlier tests, whose alarms go on) do is let pass unseen. */
  install(name: string): void {
    const own = this.ports();
    const passing = new Proxy(this.ports(), { get: () => async () => ({ mergedInto: null, isUnderWay: false }) });
    (IdentityDirectory.prototype as unknown as { ports: () => DirectoryPorts }).ports = function (this: { ctx: DurableObjectState }) {
      return this.ctx.id.name === name ? own : passing;
    };
  }
}
