/** A read, as the promise that the port wants: what it throws is a rejection. */
export function asPromise<T>(read: () => T): Promise<T> {
  return new Promise((resolve) => resolve(read()));
}
