import { FrameReader } from './frame-reader';

function frame(type: number, streamId: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = 0x5;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

function reader(stopAfter = Infinity): { read: (chunk: Buffer) => void; seen: string[] } {
  const seen: string[] = [];
  const frames = new FrameReader({
    onFrame: (type, flags, streamId, bytes, start, end) => {
      seen.push(`${type}/${flags}/${streamId}/${bytes.toString('latin1', start, end)}`);
      return seen.length < stopAfter;
    },
    onFault: (code, detail) => seen.push(`fault ${code}: ${detail}`),
  });
  return { read: (chunk) => frames.read(chunk), seen };
}

const conversation = Buffer.concat([
  frame(0, 1, Buffer.from('hello')),
  frame(4, 0, Buffer.alloc(0)),
  frame(0xbe, 0x80000003, Buffer.from('x'.repeat(16_384))),
  frame(1, 5, Buffer.from('world')),
]);
const whole = ['0/5/1/hello', '4/5/0/', `190/5/3/${'x'.repeat(16_384)}`, '1/5/5/world'];

describe('a frame reader', () => {
  it('finds the same frames wherever the bytes are torn', () => {
    for (const size of [1, 2, 3, 8, 9, 10, 13, 100, 16_393, conversation.length]) {
      const { read, seen } = reader();
      for (let at = 0; at < conversation.length; at += size)
        read(Buffer.from(conversation.subarray(at, at + size)));
      expect([size, seen]).toEqual([size, whole]);
    }
  });

  it('stops when it is told to, and reads nothing after', () => {
    const { read, seen } = reader(2);
    read(conversation);
    read(conversation);
    expect(seen).toEqual(whole.slice(0, 2));
    const torn = reader(1);
    for (const byte of conversation) torn.read(Buffer.of(byte));
    expect(torn.seen).toEqual(whole.slice(0, 1));
  });

  it('refuses a frame that is too large as soon as its head is there, once', () => {
    for (const size of [1, 9]) {
      const { read, seen } = reader();
      const head = Buffer.from('004001000000000001', 'hex');
      for (let at = 0; at < 9; at += size) read(head.subarray(at, at + size));
      read(conversation);
      expect(seen).toEqual(['fault 6: frame is too large']);
    }
  });
});
