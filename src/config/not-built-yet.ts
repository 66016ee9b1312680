/**
 * Keys of later versions, which some documents and examples name already. A key that does nothing is not accepted: whoever
 * sets it relies on it. What gets built leaves this list.
 */
const later: readonly (readonly string[])[] = [['otel']];

/** What to say of a key that a later version will have; null: it is no such key. */
export function notBuiltYet(path: readonly string[]): string | null {
  const isLater = later.some(
    (pattern) =>
      pattern.length === path.length && pattern.every((part, at) => part === '*' || part === path[at]),
  );
  return isLater ? 'this version of the relay does not have this yet; remove the key' : null;
}

export function laterKeys(): readonly (readonly string[])[] {
  return later;
}
