import type { Env } from "../env.ts";

/**
 * Names the places where a kill test wants to know that the code has come. Off unless a test host binds FAILPOINTS;
 * then the host is told and may hold the answer for as long as it likes. Never called between the statements of one commit.
 */
export type Failpoint = PathFailpoint | "journal:after-put";

/** Those on the path of an event. */
export type PathFailpoint =
  | "append:before-commit"
  | "append:after-commit"
  | "flush:segment-committed"
  | "flush:packs-sent"
  | "archive:before-put"
  | "archive:after-put"
  | "settle:before-commit"
  | "settle:after-commit"
  | "consume:before-apply"
  | "consume:after-apply"
  | "apply:before-commit"
  | "apply:after-commit";

export function reach(env: Pick<Env, "FAILPOINTS">, point: Failpoint): Promise<unknown> | undefined {
  return env.FAILPOINTS?.fetch(`http://failpoint/${point}`).then((response) => response.text());
}
