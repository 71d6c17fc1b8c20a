import { useEffect, useState } from "preact/hooks";
import { ApiError, api } from "../../api.ts";
import type { ConfigContent, ConfigKind, Fault } from "../../api-types.ts";

/** Somebody who drags a slider or types is not asked after each step. */
export const settleMs = 250;

/** `idle`: nothing to check, or nobody who may ask. */
export type Check = {
  readonly state: "idle" | "checking" | "good" | "faulty" | "failed";
  readonly faults: readonly Fault[];
  readonly error: ApiError | null;
};
const idle: Check = { state: "idle", faults: [], error: null };

/** Where the document stands in the body that was sent. */
const inBody = /^\/(?:document|scorecard)(?=\/|$)/;

/** A scorecard is tried without an account, which whoever may read may do; the others need a token that may write. */
const ask = (kind: ConfigKind, key: string, document: ConfigContent, signal: AbortSignal): Promise<unknown> =>
  kind === "scorecards"
    ? api.testScorecard({ scorecard: document, measures: {} }, signal)
    : api.validateConfig(kind, key, document, signal);

/** All that is wrong with a document as it stands, asked of the server whenever it has stopped changing. */
export function useCheck(kind: ConfigKind, key: string, document: ConfigContent | null): Check {
  const [check, setCheck] = useState<Check>(idle);
  useEffect(() => {
    if (document === null) {
      setCheck(idle);
      return;
    }
    const controller = new AbortController();
    setCheck((before) => ({ ...before, state: "checking" }));
    const timer = setTimeout(() => {
      ask(kind, key, document, controller.signal).then(
        () => setCheck({ state: "good", faults: [], error: null }),
        (error: unknown) => {
          if (controller.signal.aborted || !(error instanceof ApiError)) return;
          const found =
            error.faults.length > 0 ? error.faults : error.pointer === null ? [] : [{ pointer: error.pointer, detail: error.detail }];
          const faults = found.map((fault) => ({ ...fault, pointer: fault.pointer.replace(inBody, "") }));
          setCheck(faults.length > 0 ? { state: "faulty", faults, error: null } : { state: "failed", faults: [], error });
        },
      );
    }, settleMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [kind, key, document]);
  return check;
}
