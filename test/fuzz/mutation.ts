import type { Seeded } from './seeded';

const telling = [0x00, 0x01, 0x05, 0x09, 0x1f, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0x82, 0x88, 0xbe, 0xff];

/** The conversation with a few faults in it: bits, bytes, pieces left out, twice, or of another one. */
export function mutate(random: Seeded, original: Buffer, others: readonly Buffer[]): Buffer {
  let bytes: Buffer = Buffer.from(original);
  for (let faults = 1 + random.below(6); faults > 0 && bytes.length > 0; faults -= 1)
    bytes = mutateOnce(random, bytes, others);
  return bytes;
}

function mutateOnce(random: Seeded, bytes: Buffer, others: readonly Buffer[]): Buffer {
  const at = random.below(bytes.length);
  const length = 1 + random.below(Math.min(64, bytes.length - at));
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at + length);
  switch (random.below(8)) {
    case 0:
      bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
      return bytes;
    case 1:
      bytes[at] = random.one(telling);
      return bytes;
    case 2:
      return Buffer.concat([before, after]);
    case 3:
      return Buffer.concat([before, bytes.subarray(at, at + length), bytes.subarray(at)]);
    case 4:
      return Buffer.concat([before, random.bytes(length), after]);
    case 5:
      return Buffer.concat([before, frame(random), bytes.subarray(at)]);
    case 6: {
      const other = random.one(others);
      return Buffer.concat([before, other.subarray(random.below(other.length))]);
    }
    default:
      return Buffer.concat([frameBoundary(random, bytes), frame(random), random.bytes(random.below(40))]);
  }
}

/** The beginning, up to where some frame ends. */
function frameBoundary(random: Seeded, bytes: Buffer): Buffer {
  let at = 0;
  for (let frames = 1 + random.below(12); frames > 0 && bytes.length - at >= 9; frames -= 1)
    at = Math.min(bytes.length, at + 9 + bytes.readUIntBE(at, 3));
  return bytes.subarray(0, at);
}

/** A frame of any type, mostly of the right size for it. */
export function frame(random: Seeded): Buffer {
  const type = random.below(11);
  const sizes = [random.below(40), random.below(40), 5, 4, 6 * random.below(4), 8, 8, 8, 4, random.below(40)];
  const payload = random.bytes(random.next() < 0.9 ? (sizes[type] ?? 3) : random.below(70));
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = random.next() < 0.7 ? random.one([0, 1, 4, 5, 8, 0xd, 0x25]) : random.below(256);
  head.writeUInt32BE(random.next() < 0.5 ? 0 : random.one([1, 2, 3, 5, 7, 9, 99, 0x7fffffff]), 5);
  return Buffer.concat([head, payload]);
}
