/** Nothing came in time. */
export class TooLate extends Error {}

/** Rejects with `TooLate` if the promise has not settled within `ms`. What it was to do may still happen: the caller must be able to do it again. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TooLate(`no answer within ${ms} ms`)), ms);
    void promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
