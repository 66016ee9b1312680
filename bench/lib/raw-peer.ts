import type { TLSSocket } from 'node:tls';

/** What becomes of a whole request: answered at once, or handed to whoever answers it later by `answer` and `flush`. */
export type OnRequest = (peer: RawPeer, streamId: number, body: Buffer) => void;

const frame = { data: 0, headers: 1, settings: 4, ping: 6, windowUpdate: 8 } as const;
const flag = { ack: 1, endStream: 1, endHeaders: 4 } as const;
const prefaceBytes = 24;
const headBytes = 9;
const replenishAt = 2 ** 28;
const nothing = Buffer.alloc(0);

/**
 * The server's end of one HTTP/2 connection, as little of it as answers a push: it decodes no header, believes in no
 * error, and says the same to every request, because what it costs is taken from what the benches can measure.
 *
 * preface → open → closed (answers are dropped).
 */
export class RawPeer {
  #rest: Buffer = nothing;
  #greeted = false;
  #consumed = 0;
  #closed = false;
  readonly #bodies = new Map<number, Buffer>();
  #answers: number[] = [];
  #control: Buffer[] = [];
  readonly #socket: TLSSocket;
  readonly #template: Buffer;
  readonly #streamIdOffsets: readonly number[];
  readonly #onRequest: OnRequest;

  constructor(
    socket: TLSSocket,
    template: Buffer,
    streamIdOffsets: readonly number[],
    maxStreams: number,
    onRequest: OnRequest,
  ) {
    this.#socket = socket;
    this.#template = template;
    this.#streamIdOffsets = streamIdOffsets;
    this.#onRequest = onRequest;

    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => {});
    socket.on('close', () => (this.#closed = true));
    socket.write(Buffer.concat([settings(maxStreams), windowUpdate(2 ** 30)]));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Takes effect with the next `flush`. */
  answer(streamId: number): void {
    this.#answers.push(streamId);
  }

  flush(): void {
    if (this.#closed || (this.#answers.length === 0 && this.#control.length === 0)) return;
    const template = this.#template;
    const answers = Buffer.allocUnsafe(this.#answers.length * template.length);
    let at = 0;
    for (const streamId of this.#answers) {
      template.copy(answers, at);
      for (const offset of this.#streamIdOffsets) answers.writeUInt32BE(streamId, at + offset);
      at += template.length;
    }
    this.#answers = [];
    this.#socket.write(this.#control.length === 0 ? answers : Buffer.concat([...this.#control, answers]));
    this.#control = [];
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    if (!this.#greeted) {
      if (bytes.length < prefaceBytes) {
        this.#rest = bytes;
        return;
      }
      this.#greeted = true;
      at = prefaceBytes;
    }
    while (bytes.length - at >= headBytes) {
      const length = bytes.readUIntBE(at, 3);
      const end = at + headBytes + length;
      if (end > bytes.length) break;
      this.#frame(bytes, at, end);
      at = end;
    }
    this.#rest = at === bytes.length ? nothing : bytes.subarray(at);
    this.flush();
  }

  #frame(bytes: Buffer, at: number, end: number): void {
    const type = bytes[at + 3];
    const flags = bytes[at + 4] ?? 0;
    if (type === frame.data) this.#data(bytes, at, end, (flags & flag.endStream) !== 0);
    else if (type === frame.settings && (flags & flag.ack) === 0)
      this.#control.push(head(0, frame.settings, flag.ack, 0));
    else if (type === frame.ping && (flags & flag.ack) === 0)
      this.#control.push(head(8, frame.ping, flag.ack, 0), Buffer.from(bytes.subarray(at + headBytes, end)));
  }

  #data(bytes: Buffer, at: number, end: number, isLast: boolean): void {
    const streamId = bytes.readUInt32BE(at + 5) & 0x7fffffff;
    this.#consumed += end - at - headBytes;
    if (this.#consumed > replenishAt) {
      this.#control.push(windowUpdate(this.#consumed));
      this.#consumed = 0;
    }
    const part = bytes.subarray(at + headBytes, end);
    const before = this.#bodies.get(streamId);
    if (!isLast) {
      this.#bodies.set(streamId, before === undefined ? Buffer.from(part) : Buffer.concat([before, part]));
      return;
    }
    if (before === undefined) return this.#onRequest(this, streamId, part);
    this.#bodies.delete(streamId);
    this.#onRequest(this, streamId, Buffer.concat([before, part]));
  }
}

function head(length: number, type: number, flags: number, streamId: number): Buffer {
  const bytes = Buffer.alloc(headBytes);
  bytes.writeUIntBE(length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(streamId, 5);
  return bytes;
}

function settings(maxStreams: number): Buffer {
  const values: readonly (readonly [number, number])[] = [
    [3, maxStreams],
    [4, 2 ** 20],
  ];
  const body = Buffer.alloc(values.length * 6);
  values.forEach(([name, value], index) => {
    body.writeUInt16BE(name, index * 6);
    body.writeUInt32BE(value, index * 6 + 2);
  });
  return Buffer.concat([head(body.length, frame.settings, 0, 0), body]);
}

function windowUpdate(increment: number): Buffer {
  const body = Buffer.alloc(4);
  body.writeUInt32BE(increment);
  return Buffer.concat([head(4, frame.windowUpdate, 0, 0), body]);
}

/** `:status: 200` and one more header whose name is given in HPACK already; then the body, if any. */
export function answerTemplate(
  header: { readonly name: Buffer; readonly value: string },
  body: string,
): { readonly template: Buffer; readonly streamIdOffsets: readonly number[] } {
  const block = Buffer.concat([
    Buffer.of(0x88),
    header.name,
    Buffer.of(header.value.length),
    Buffer.from(header.value),
  ]);
  const headers = [
    head(block.length, frame.headers, flag.endHeaders | (body === '' ? flag.endStream : 0), 0),
    block,
  ];
  if (body === '') return { template: Buffer.concat(headers), streamIdOffsets: [5] };
  const data = [head(body.length, frame.data, flag.endStream, 0), Buffer.from(body)];
  return {
    template: Buffer.concat([...headers, ...data]),
    streamIdOffsets: [5, headBytes + block.length + 5],
  };
}
