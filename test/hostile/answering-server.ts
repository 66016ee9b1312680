import { once } from 'node:events';
import { constants, createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { HostileAnswer } from './answers';

/** A real HTTP/2 server that answers each request with what it is told. */
export class AnsweringServer {
  /** Answers what comes next; by the request's headers and body. */
  answer: (headers: IncomingHttpHeaders, body: string) => HostileAnswer = () => {
    throw new Error('no answer was set');
  };
  readonly #server;
  readonly #streams = new Set<ServerHttp2Stream>();

  constructor(certificate: { readonly cert: string; readonly key: string }) {
    // In megabytes. With Node's 10, some large answers that are not read yet make it refuse new streams (ENHANCE_YOUR_CALM).
    this.#server = createSecureServer({ ...certificate, allowHTTP1: false, maxSessionMemory: 1_000 });
    this.#server.on('stream', (stream, headers) => {
      this.#streams.add(stream);
      stream.on('close', () => this.#streams.delete(stream));
      stream.on('error', () => {});
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => this.#send(stream, this.answer(headers, Buffer.concat(pieces).toString())));
    });
    this.#server.on('sessionError', () => {});
  }

  /** Resolves with the base URL. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const stream of this.#streams) stream.session?.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #send(stream: ServerHttp2Stream, { status, headers, body, ending }: HostileAnswer): void {
    if (stream.destroyed) return;
    const plain = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
    );
    stream.respond({ ':status': status, ...plain }, { endStream: body.length === 0 && ending === 'whole' });
    if (body.length === 0 && ending === 'whole') return;
    if (ending === 'whole' || ending === 'short') {
      stream.end(body);
      return;
    }
    stream.write(body.subarray(0, Math.floor(body.length / 2)), () =>
      stream.close(constants.NGHTTP2_INTERNAL_ERROR),
    );
  }
}
