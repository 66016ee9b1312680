const mark = 'at_us=';
const digits = 15;

/** Of the machine's monotonic clock, which all its processes share. */
export function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** A text for a message by which whoever receives it knows when it was sent. */
export function stampText(micros: number): string {
  return `${mark}${String(micros).padStart(digits, '0')} shall we meet at eight?`;
}

/** Null where a push holds none. */
export function stampOf(payload: Buffer): number | null {
  const at = payload.indexOf(mark);
  if (at === -1) return null;
  const from = at + mark.length;
  return Number(payload.toString('latin1', from, from + digits));
}
