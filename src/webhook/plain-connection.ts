import type { Socket } from 'node:net';
import type { Clock } from '../domain/clock';
import type { ByteLease } from './byte-budget';
import type { WebhookStatus } from './exchange';
import type { Admission, Admitted } from './handler';
import { readPlainHead } from './plain-head';

export interface PlainConnectionContext {
  readonly admission: Admission;
  readonly clock: Clock;
  readonly draining: () => boolean;
  /** How long it may be idle after a request. */
  readonly keepAliveTimeoutMs: number;
  /** How long it may be silent before its first one. */
  readonly silenceTimeoutMs: number;
  /** How long a body may take. */
  readonly bodyTimeoutMs: number;
  /** Its first request has begun. */
  readonly used: (connection: PlainConnection) => void;
  /** From here on the socket is node:http's, with what it has received. */
  readonly handOver: (socket: Socket) => void;
  /** It was silent for too long. */
  readonly timedOut: (socket: Socket) => void;
}

/** A head that was admitted: a client repeats it byte for byte but for the body's length. */
interface KnownHead {
  readonly beforeLength: Buffer;
  readonly afterLength: Buffer;
  readonly admitted: Admitted;
}

/**
 * A connection of a webhook sender whose requests are of the plainest kind (see `readPlainHead`), from senders that their
 * head proves, with small bodies: nearly all of WuKongIM's. It is read without node:http, whose request and response objects
 * cost more than all else that a message needs until it is durable. Whatever is not plain goes to node:http, with the
 * connection, for good.
 *
 * idle → reading (the head is known, the body is not whole) → taken (until the answer; what comes meanwhile waits) → idle.
 * From idle and reading: handed over, or closed.
 */
export class PlainConnection {
  #known: KnownHead | null = null;
  /** Of the request that is being read, with its share of the bytes in flight. */
  #body: Buffer | null = null;
  #filled = 0;
  #lease: ByteLease | null = null;
  #deadline: NodeJS.Timeout | undefined;
  #taken = false;
  #wasUsed = false;
  /** Received behind the request that is taken. */
  #rest: Buffer | null = null;
  #peerEnded = false;

  constructor(
    private readonly socket: Socket,
    private readonly context: PlainConnectionContext,
  ) {
    socket.setTimeout(context.silenceTimeoutMs);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('timeout', this.#onTimeout);
    socket.on('close', this.#onClose);
  }

  /** As of a ServerResponse: no request is without its answer. */
  get writableEnded(): boolean {
    return !this.#taken && this.#body === null;
  }

  get writableFinished(): boolean {
    return this.writableEnded && this.socket.writableLength === 0;
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#taken || this.#rest !== null) {
      if (this.#taken) this.socket.pause();
      this.#rest = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    } else if (this.#body !== null) this.#fill(this.#body, chunk);
    else this.#begin(chunk);
  };

  #begin(chunk: Buffer): void {
    const known = this.#known;
    const from = known === null ? -1 : bodyStart(known, chunk);
    if (known === null || from === -1) return this.#meet(chunk);
    this.#read(chunk, from, lengthIn(chunk, known.beforeLength.length));
  }

  /** A head that was not seen before. */
  #meet(chunk: Buffer): void {
    const blank = chunk.indexOf('\r\n\r\n');
    const head = blank === -1 || blank > largestHead ? null : readPlainHead(chunk, blank + 4);
    if (head === null) return this.#handOver(chunk);
    const { url, headers, lengthFrom, lengthTo, contentLength } = head;
    const { remoteAddress } = this.socket;
    const admitted = this.context.admission.admit({ method: 'POST', url, headers, remoteAddress });
    if (admitted === null) return this.#handOver(chunk);
    this.#known = {
      // Copies: the chunk itself is a part of a larger buffer.
      beforeLength: Buffer.from(chunk.subarray(0, lengthFrom)),
      afterLength: Buffer.from(chunk.subarray(lengthTo, blank + 4)),
      admitted,
    };
    this.#read(chunk, blank + 4, contentLength);
  }

  #read(chunk: Buffer, from: number, length: number): void {
    const lease = length > largestBody ? null : this.context.admission.lease(length);
    if (lease === null) return this.#handOver(chunk);
    const end = from + length;
    if (!this.#wasUsed) this.#use();
    if (chunk.length < end) return this.#await(chunk.subarray(from), length, lease);
    if (chunk.length > end) this.#rest = chunk.subarray(end);
    this.#take(chunk.subarray(from, end), lease);
  }

  #await(begun: Buffer, length: number, lease: ByteLease): void {
    const { socket, context } = this;
    this.#lease = lease;
    this.#body = Buffer.allocUnsafeSlow(length);
    this.#filled = begun.copy(this.#body);
    // What was pipelined behind a request whose connection has gone meanwhile.
    if (socket.destroyed || this.#peerEnded) return this.#abandon();
    socket.setTimeout(0);
    this.#deadline = setTimeout(() => context.timedOut(socket), context.bodyTimeoutMs);
    this.#deadline.unref();
  }

  #fill(body: Buffer, chunk: Buffer): void {
    const copied = chunk.copy(body, this.#filled);
    this.#filled += copied;
    if (this.#filled < body.length) return;
    const lease = this.#lease;
    if (lease === null) return;
    if (copied < chunk.length) this.#rest = chunk.subarray(copied);
    clearTimeout(this.#deadline);
    this.socket.setTimeout(this.context.keepAliveTimeoutMs);
    this.#body = null;
    this.#lease = null;
    this.#take(body, lease);
  }

  #take(body: Buffer, lease: ByteLease): void {
    if (this.#known === null) return;
    this.#taken = true;
    this.context.admission.take(this.#known.admitted, body, lease, this.#answer);
  }

  #use(): void {
    this.#wasUsed = true;
    this.socket.setTimeout(this.context.keepAliveTimeoutMs);
    this.context.used(this);
  }

  readonly #answer = (status: WebhookStatus, requestId: string): void => {
    const { socket } = this;
    this.#taken = false;
    const closes = this.#peerEnded || this.context.draining();
    if (socket.writable) {
      const kept = closes
        ? 'Connection: close\r\n\r\n'
        : `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(this.context.keepAliveTimeoutMs / 1000)}\r\n\r\n`;
      socket.write(
        `${statusLines[status] ?? ''}Content-Length: 0\r\nX-Request-Id: ${requestId}\r\nDate: ${httpDate(this.context.clock.now())}\r\n${kept}`,
        'latin1',
      );
      if (closes) socket.end();
    }
    if (this.#rest === null) return;
    socket.resume();
    setImmediate(this.#goOn);
  };

  readonly #goOn = (): void => {
    const rest = this.#rest;
    this.#rest = null;
    if (rest !== null) this.#begin(rest);
  };

  /**
   * Not within the event that brought the bytes, nor by putting them back: the stream reads on after both, and would
   * override node:http when that wants no more. What comes until then comes along.
   */
  #handOver(received: Buffer): void {
    this.#rest = received;
    setImmediate(this.#leave);
  }

  readonly #leave = (): void => {
    const { socket } = this;
    const received = this.#rest;
    this.#rest = null;
    if (socket.destroyed || received === null) return;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('error', this.#onError);
    socket.off('timeout', this.#onTimeout);
    socket.off('close', this.#onClose);
    socket.setTimeout(0);
    this.context.handOver(socket);
    // Before anything else can be read.
    socket.emit('data', received);
    if (socket.readableEnded) socket.emit('end');
  };

  readonly #onEnd = (): void => {
    this.#peerEnded = true;
    if (!this.#taken && this.#rest === null) this.socket.end();
  };

  readonly #onClose = (): void => {
    if (this.#body !== null) this.#abandon();
  };

  /** The rest of the body will not come. */
  #abandon(): void {
    clearTimeout(this.#deadline);
    this.#body = null;
    this.#lease?.release();
    this.#lease = null;
    if (this.#known !== null) this.context.admission.aborted(this.#known.admitted);
  }

  readonly #onError = (): void => {
    this.socket.destroy();
  };

  readonly #onTimeout = (): void => {
    if (this.#taken) return;
    if (this.#wasUsed) this.socket.destroySoon();
    else this.context.timedOut(this.socket);
  };
}

/** Where the body begins in a chunk that begins with that head; -1 where it begins otherwise. */
function bodyStart({ beforeLength, afterLength }: KnownHead, chunk: Buffer): number {
  const from = beforeLength.length;
  if (chunk.length < from || chunk.compare(beforeLength, 0, from, 0, from) !== 0) return -1;
  let at = from;
  while (isDigit(chunk[at])) at += 1;
  const end = at + afterLength.length;
  const isSame =
    at > from &&
    at - from <= mostDigits &&
    chunk.length >= end &&
    chunk.compare(afterLength, 0, afterLength.length, at, end) === 0;
  return isSame ? end : -1;
}

function lengthIn(chunk: Buffer, from: number): number {
  let length = 0;
  for (let at = from; isDigit(chunk[at]); at += 1) length = length * 10 + ((chunk[at] ?? 0) - 0x30);
  return length;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

const statusLines: Readonly<Partial<Record<WebhookStatus, string>>> = {
  200: 'HTTP/1.1 200 OK\r\n',
  400: 'HTTP/1.1 400 Bad Request\r\n',
  503: 'HTTP/1.1 503 Service Unavailable\r\n',
};
const mostDigits = 9;
const largestHead = 8 * 1024;
/** What a read of the socket brings at most; larger bodies are read by node:http, within the budget of bytes in flight. */
const largestBody = 64 * 1024;

let dateSecond = 0;
let dateText = '';

/** The time as a Date header has it (RFC 9110 §6.6.1), made once a second. */
function httpDate(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}
