import { Duplex } from 'node:stream';
import { FrameWriter } from './frame-writer';

/** A socket that finishes its writes when it is told to. */
class SlowSocket extends Duplex {
  readonly chunks: Buffer[] = [];
  #done: (() => void) | null = null;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    // A copy: the writer uses its memory again.
    this.chunks.push(Buffer.from(chunk));
    this.#done = done;
  }

  drain(): void {
    const done = this.#done;
    this.#done = null;
    done?.();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a frame writer', () => {
  it('writes the frames of one turn together', async () => {
    const socket = new SlowSocket();
    const writer = new FrameWriter(socket);
    writer.reset(1, 8);
    writer.windowUpdate(0, 5);
    expect(socket.chunks).toHaveLength(0);
    await turn();
    expect(socket.chunks.map((chunk) => chunk.toString('hex'))).toEqual([
      '0000040300000000010000000800000408000000000000000005',
    ]);
  });

  it('holds what the frames need, not a slab a turn, while the socket is busy', async () => {
    const socket = new SlowSocket();
    const writer = new FrameWriter(socket);
    for (let i = 0; i < 500; i += 1) {
      writer.reset(1, 8);
      await turn();
    }
    expect(socket.chunks).toHaveLength(1);
    expect(socket.writableLength).toBe(13);
    socket.drain();
    await turn();
    expect(socket.chunks.map(({ length }) => length)).toEqual([13, 499 * 13]);
  });

  it('goes on in another slab when one is full, in order', async () => {
    const socket = new SlowSocket();
    const writer = new FrameWriter(socket);
    const body = Buffer.alloc(16_384, 7);
    for (let i = 0; i < 100; i += 1) writer.data(i, body, 0, body.length, false);
    for (let before = -1; before !== socket.chunks.length;) {
      before = socket.chunks.length;
      await turn();
      socket.drain();
      await turn();
    }
    const all = Buffer.concat(socket.chunks);
    expect(all.length).toBe(100 * (9 + 16_384));
    for (let i = 0; i < 100; i += 1) expect(all.readUInt32BE(i * (9 + 16_384) + 5)).toBe(i);
  });

  it('knows which streams have left, and forgets the others for good', async () => {
    const socket = new SlowSocket();
    const writer = new FrameWriter(socket);
    writer.headers(1, Buffer.of(0x82), true, false);
    await turn();
    socket.drain();
    writer.headers(3, Buffer.of(0x82), true, false);
    expect(writer.flushedStreamId).toBe(1);
    writer.discard();
    writer.goaway(0);
    writer.end();
    await turn();
    expect(Buffer.concat(socket.chunks).toString('hex')).toBe(
      '00000101050000000182' + '0000080700000000000000000000000000',
    );
    writer.reset(3, 8);
    writer.flush();
    await turn();
    expect(socket.chunks).toHaveLength(2);
  });

  it('counts what a peer asks for and does not read', async () => {
    const socket = new SlowSocket();
    const writer = new FrameWriter(socket);
    const payload = Buffer.alloc(8);
    for (let i = 0; i < 20_000; i += 1) writer.ping(payload, 0, true);
    expect(writer.owedAcks).toBe(20_000);
    for (let i = 0; i < 10; i += 1) {
      await turn();
      socket.drain();
    }
    expect(writer.owedAcks).toBe(0);
  });

  it('splits a header block that is larger than a frame', async () => {
    const socket = new SlowSocket();
    const writer = new FrameWriter(socket);
    writer.headers(1, Buffer.alloc(40_000, 0x82), false, true);
    await turn();
    const all = Buffer.concat(socket.chunks);
    const frames: [length: number, type: number, flags: number][] = [];
    for (let at = 0; at < all.length; at += 9 + all.readUIntBE(at, 3))
      frames.push([all.readUIntBE(at, 3), all.readUInt8(at + 3), all.readUInt8(at + 4)]);
    expect(frames).toEqual([
      [16_384, 1, 0],
      [16_384, 9, 0],
      [40_001 - 2 * 16_384, 9, 4],
    ]);
    expect(all[9]).toBe(0x20);
  });
});
