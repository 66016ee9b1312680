import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Readable } from 'node:stream';
import type { Connection } from './connection';

/** One request, its body read whole, that waits for its answer; over HTTP/2, or HTTP/1.1 where a listener speaks it. */
export interface Exchange {
  readonly connection: Connection;
  /** HTTP/2 stream id; over HTTP/1.1 the request's number. */
  readonly streamId: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** A header that may stand once stands twice. */
  readonly hasDuplicateHeaders: boolean;
  /** Cut at {@link maxBodyBytes}. */
  readonly body: Buffer;
  /** All bytes that arrived. */
  readonly bodyBytes: number;
  /** Does nothing when the client is gone. */
  respond(status: number, headers: Readonly<Record<string, string>>, body: string): void;
  /** RST_STREAM with an HTTP/2 error code; over HTTP/1.1 the socket is reset. */
  reset(code: number): void;
}

/** Well above what either vendor takes, so that an oversized body is told from an endless one. */
export const maxBodyBytes = 262_144;

const noBytes = Buffer.alloc(0);
const noop = (): void => {};

export class StreamExchange implements Exchange {
  readonly streamId: number;
  body: Buffer = noBytes;
  bodyBytes = 0;
  readonly #stream: ServerHttp2Stream;
  readonly #rawHeaders: readonly string[];

  constructor(
    readonly connection: Connection,
    stream: ServerHttp2Stream,
    readonly headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
  ) {
    this.#stream = stream;
    this.#rawHeaders = rawHeaders;

    this.streamId = stream.id ?? 0;
    stream.on('error', noop);
  }

  get method(): string {
    return (this.headers[':method'] as string | undefined) ?? '';
  }

  get path(): string {
    return (this.headers[':path'] as string | undefined) ?? '';
  }

  get hasDuplicateHeaders(): boolean {
    return this.#rawHeaders.length !== Object.keys(this.headers).length * 2;
  }

  whenRead(done: () => void): void {
    readBody(this.#stream, (body, bytes) => {
      this.body = body;
      this.bodyBytes = bytes;
      done();
    });
  }

  respond(status: number, headers: Readonly<Record<string, string>>, body: string): void {
    if (this.#stream.destroyed || this.#stream.closed) return;
    if (body === '') {
      this.#stream.respond({ ':status': status, ...headers }, { endStream: true });
      return;
    }
    this.#stream.respond({ ':status': status, ...headers });
    this.#stream.end(body);
  }

  reset(code: number): void {
    if (!this.#stream.destroyed) this.#stream.close(code);
  }
}

export class RequestExchange implements Exchange {
  readonly streamId: number;
  body: Buffer = noBytes;
  bodyBytes = 0;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(
    readonly connection: Connection,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    this.#request = request;
    this.#response = response;

    this.streamId = connection.requests;
    response.on('error', noop);
    request.on('error', noop);
  }

  get method(): string {
    return this.#request.method ?? '';
  }

  get path(): string {
    return this.#request.url ?? '';
  }

  get headers(): IncomingHttpHeaders {
    return this.#request.headers;
  }

  get hasDuplicateHeaders(): boolean {
    return this.#request.rawHeaders.length !== Object.keys(this.#request.headers).length * 2;
  }

  whenRead(done: () => void): void {
    readBody(this.#request, (body, bytes) => {
      this.body = body;
      this.bodyBytes = bytes;
      done();
    });
  }

  respond(status: number, headers: Readonly<Record<string, string>>, body: string): void {
    if (this.#response.destroyed || this.#response.headersSent) return;
    this.#response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) });
    this.#response.end(body);
  }

  reset(_code: number): void {
    this.connection.cut('rst');
  }
}

function readBody(source: Readable, done: (body: Buffer, bytes: number) => void): void {
  let first: Buffer = noBytes;
  let more: Buffer[] | null = null;
  let bytes = 0;
  source.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return;
    if (first.length === 0) first = chunk;
    else (more ??= []).push(chunk);
  });
  source.on('end', () => done(more === null ? first : Buffer.concat([first, ...more]), bytes));
}
