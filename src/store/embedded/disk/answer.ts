/** A read, as the promise that the port wants: what it throws is a rejection. */
export function answer<T>(read: () => T): Promise<T> {
  return new Promise((resolve) => resolve(read()));
}
