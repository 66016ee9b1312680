/** The first call begins it; every call has its result. */
export function once<T>(action: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | null = null;
  return () => (done ??= action());
}
