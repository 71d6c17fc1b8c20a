/** Something the person who started us can put right: printed without a stack. */
export class RuntimeFailure extends Error {
  override readonly name = "RuntimeFailure";
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
