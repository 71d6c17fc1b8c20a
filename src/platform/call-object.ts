/**
 * One call to an object. A stub that has failed is broken, so a call that the platform marks as retryable is made once more, on a new stub.
 * An overloaded object is left alone: asking again at once is what overloads it.
 *
 * Every method of our objects may run twice. Waits as long as it takes; bounds are the caller's.
 */
export async function callObject<Stub, T>(newStub: () => Stub, call: (stub: Stub) => Promise<T>): Promise<T> {
  try {
    return await call(newStub());
  } catch (error) {
    const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
    if (retryable !== true || overloaded === true) throw error;
    return call(newStub());
  }
}
