/** Whole seconds from now, within what the vendor takes; `expiresAtMs` null: now or never, which is the least it takes. */
export function secondsLeft(
  expiresAtMs: number | null,
  nowMs: number,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const left = expiresAtMs === null ? 0 : Math.ceil((expiresAtMs - nowMs) / 1000);
  return Math.min(max, Math.max(min, left));
}
