/** Rejects if the promise has not settled within `ms`. What it was to do may still happen: the caller must be able to do it again. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => {
    if (timer !== null) clearTimeout(timer);
  });
}
