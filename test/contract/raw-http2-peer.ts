import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { Arrivals } from './arrivals';

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY] = [0x0, 0x1, 0x3, 0x4, 0x6, 0x7];
const windowUpdate = 0x8;
const [END_STREAM, ACK, END_HEADERS] = [0x1, 0x1, 0x4];

export const [NO_ERROR, INTERNAL_ERROR, REFUSED_STREAM, CANCEL, ENHANCE_YOUR_CALM] = [
  0x0, 0x2, 0x7, 0x8, 0xb,
];

export interface RawRequest {
  readonly connection: RawConnection;
  readonly streamId: number;
  readonly body: string;
}

export interface RawPeerOptions {
  /** MAX_CONCURRENT_STREAMS of the first SETTINGS; none is said unless set. */
  readonly maxStreams?: number;
  /** Whether to send SETTINGS at all. */
  readonly mute?: boolean;
  readonly tls?: TlsOptions;
  readonly host?: string;
  readonly port?: number;
}

/**
 * An HTTP/2 peer made of bare frames, which does exactly what a test says and nothing of its own but to acknowledge
 * SETTINGS and PING. It does not decode headers: requests are told apart by their bodies.
 */
export class RawPeer {
  readonly connections = new Arrivals<RawConnection>();
  /** Whole requests of all connections, in the order of their ends. */
  readonly requests = new Arrivals<RawRequest>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #options: RawPeerOptions;

  private constructor(server: Server, options: RawPeerOptions) {
    this.#server = server;
    this.#options = options;

    const onSocket = (socket: Socket): void => {
      this.connections.push(new RawConnection(socket, options, this.requests));
    };
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {});
    });
    server.on(options.tls === undefined ? 'connection' : 'secureConnection', onSocket);
    server.on('tlsClientError', () => {});
  }

  static async listen(options: RawPeerOptions = {}): Promise<RawPeer> {
    const server =
      options.tls === undefined ? createServer() : createTlsServer({ ALPNProtocols: ['h2'], ...options.tls });
    const peer = new RawPeer(server, options);
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve),
    );
    return peer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return this.#options.tls === undefined
      ? `http://127.0.0.1:${this.port}`
      : `https://localhost:${this.port}`;
  }

  /** Sockets that are not closed yet. */
  get openSockets(): number {
    return this.#sockets.size;
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

export class RawConnection {
  readonly pings = new Arrivals<Buffer>();
  readonly pongs = new Arrivals<Buffer>();
  readonly resets = new Arrivals<{ readonly streamId: number; readonly code: number }>();
  /** Error codes of GOAWAY. */
  readonly goaways = new Arrivals<number>();
  readonly windowUpdates = new Arrivals<{ readonly streamId: number; readonly increment: number }>();
  /** Bytes of DATA that came, on all streams. */
  dataBytes = 0;
  readonly closed: Promise<void>;
  /** Whether PING is answered. */
  answersPing = true;
  /** Streams whose HEADERS came. */
  opened = 0;
  /** Those of them that were answered by `respond`. */
  answered = 0;
  readonly #bodies = new Map<number, string>();
  #buffered = Buffer.alloc(0);
  #greeted = false;
  readonly #options: RawPeerOptions;
  readonly #requests: Arrivals<RawRequest>;

  constructor(
    readonly socket: Socket,
    options: RawPeerOptions,
    requests: Arrivals<RawRequest>,
  ) {
    this.#options = options;
    this.#requests = requests;

    this.closed = new Promise((resolve) => socket.on('close', () => resolve()));
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    if (options.mute !== true) this.settings(options.maxStreams);
  }

  settings(maxStreams?: number): void {
    const payload = Buffer.alloc(maxStreams === undefined ? 0 : 6);
    if (maxStreams !== undefined) {
      payload.writeUInt16BE(0x3, 0);
      payload.writeUInt32BE(maxStreams, 2);
    }
    this.frame(SETTINGS, 0, 0, payload);
  }

  respond(
    streamId: number,
    status = 200,
    body: string | Buffer = '',
    headers: Readonly<Record<string, string>> = {},
  ): void {
    this.answered += 1;
    const bytes = Buffer.from(body);
    this.respondHeaders(streamId, status, headers, bytes.length === 0);
    if (bytes.length > 0) this.data(streamId, bytes, true);
  }

  respondHeaders(
    streamId: number,
    status: number,
    headers: Readonly<Record<string, string>> = {},
    end = false,
  ): void {
    const fields = [literal(Buffer.from([0x08]), String(status))];
    for (const [name, value] of Object.entries(headers)) {
      fields.push(literal(Buffer.concat([Buffer.from([0x00, name.length]), Buffer.from(name)]), value));
    }
    this.frame(HEADERS, END_HEADERS | (end ? END_STREAM : 0), streamId, Buffer.concat(fields));
  }

  data(streamId: number, body: Buffer, end: boolean): void {
    for (let at = 0; at < body.length; at += 16_384) {
      const last = at + 16_384 >= body.length;
      this.frame(DATA, last && end ? END_STREAM : 0, streamId, body.subarray(at, at + 16_384));
    }
  }

  reset(streamId: number, code: number): void {
    this.frame(RST_STREAM, 0, streamId, uint32(code));
  }

  goaway(lastStreamId: number, code = NO_ERROR, opaque = ''): void {
    this.frame(GOAWAY, 0, 0, Buffer.concat([uint32(lastStreamId), uint32(code), Buffer.from(opaque)]));
  }

  frame(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (this.socket.destroyed) return;
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(streamId, 5);
    this.socket.write(Buffer.concat([head, payload]));
  }

  #read(chunk: Buffer): void {
    this.#buffered = Buffer.concat([this.#buffered, chunk]);
    if (!this.#greeted) {
      if (this.#buffered.length < preface.length) return;
      if (this.#buffered.toString('latin1', 0, preface.length) !== preface)
        throw new Error('the client sent no HTTP/2 preface');
      this.#buffered = this.#buffered.subarray(preface.length);
      this.#greeted = true;
    }
    while (this.#buffered.length >= 9) {
      const length = this.#buffered.readUIntBE(0, 3);
      if (this.#buffered.length < 9 + length) return;
      const [type, flags] = [this.#buffered.readUInt8(3), this.#buffered.readUInt8(4)];
      const streamId = this.#buffered.readUInt32BE(5) & 0x7fffffff;
      const payload = this.#buffered.subarray(9, 9 + length);
      this.#buffered = this.#buffered.subarray(9 + length);
      this.#onFrame(type, flags, streamId, payload);
    }
  }

  #onFrame(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (this.#options.mute === true) return;
    if (type === SETTINGS && (flags & ACK) === 0) this.frame(SETTINGS, ACK, 0, Buffer.alloc(0));
    if (type === PING && (flags & ACK) === 0) {
      if (this.answersPing) this.frame(PING, ACK, 0, payload);
      this.pings.push(payload);
    }
    if (type === PING && (flags & ACK) !== 0) this.pongs.push(Buffer.from(payload));
    if (type === GOAWAY) this.goaways.push(payload.readUInt32BE(4));
    if (type === windowUpdate) this.windowUpdates.push({ streamId, increment: payload.readUInt32BE(0) });
    if (type === DATA) this.dataBytes += payload.length;
    if (type === RST_STREAM) this.resets.push({ streamId, code: payload.readUInt32BE(0) });
    if (type === HEADERS) {
      this.opened += 1;
      this.#bodies.set(streamId, '');
    }
    if (type === DATA) this.#bodies.set(streamId, (this.#bodies.get(streamId) ?? '') + payload.toString());
    if ((type === HEADERS || type === DATA) && (flags & END_STREAM) !== 0) {
      this.#requests.push({ connection: this, streamId, body: this.#bodies.get(streamId) ?? '' });
      this.#bodies.delete(streamId);
    }
  }
}

function literal(name: Buffer, value: string): Buffer {
  if (value.length > 126) throw new Error('too long for this encoder');
  return Buffer.concat([name, Buffer.from([value.length]), Buffer.from(value)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
