import { createHash } from 'node:crypto';

/** The number by which vendors let a later notification replace an earlier one: 1 to 2³¹−1, the same for the same text. */
export function replaceNumber(text: string): number {
  const bits = createHash('sha256').update(text).digest().readUInt32BE(0) & 0x7fff_ffff;
  return bits === 0 ? 1 : bits;
}
