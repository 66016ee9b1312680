const longestSeconds = 100 * 3600;

/** `0:07`, `1:20:05`; null for what is no length. Seconds, also as text and with fractions. */
export function durationText(value: unknown): string | null {
  const seconds = Math.round(typeof value === 'string' && value !== '' ? Number(value) : secondsOf(value));
  if (!(seconds > 0 && seconds < longestSeconds)) return null;
  const two = (part: number) => String(part).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  const tail = two(seconds % 60);
  return minutes < 60 ? `${minutes}:${tail}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${tail}`;
}

function secondsOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}
