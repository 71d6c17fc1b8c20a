import { objectRestMs, objectsRestingMax } from "../domain/limits.ts";
import { fail, ok, type Result } from "../domain/result.ts";

/** An object that did not answer. Not a failure of any event. */
export type Unreachable = { readonly reason: "failed" | "timeout" | "resting"; readonly object: string; readonly detail: string };

/**
 * Calls to objects, so that one which fails or hangs becomes a value and delays only what is its own: a call has a bound of time, and an
 * object that let one pass is left alone for `objectRestMs`, or every following batch would wait for it again.
 */
export class Reaching {
  private readonly restingUntil = new Map<string, number>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  async call<T>(object: string, timeoutMs: number, run: () => Promise<T>): Promise<Result<T, Unreachable>> {
    const until = this.restingUntil.get(object);
    if (until !== undefined && this.now() < until) return fail({ reason: "resting", object, detail: `left alone until ${until}` });
    let timer: ReturnType<typeof setTimeout> | null = null;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), timeoutMs);
    });
    try {
      const answer = await Promise.race([run().then((value) => ({ value })), late]);
      if (answer === "late") {
        this.rest(object);
        return fail({ reason: "timeout", object, detail: `no answer within ${timeoutMs} ms` });
      }
      this.restingUntil.delete(object);
      return ok(answer.value);
    } catch (error) {
      return fail({ reason: "failed", object, detail: String(error) });
    } finally {
      clearTimeout(timer);
    }
  }

  private rest(object: string): void {
    if (this.restingUntil.size >= objectsRestingMax) this.restingUntil.clear();
    this.restingUntil.set(object, this.now() + objectRestMs);
  }
}
