import { createServer, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { Registry } from 'prom-client';
import { decodeBody } from '../../../src/domain/body';
import type { Clock } from '../../../src/domain/clock';
import type { Logger } from '../../../src/domain/logger';
import type { Message } from '../../../src/domain/message';
import type { DeadLetter } from '../../../src/domain/dead-letter';
import type { PresenceChange } from '../../../src/domain/presence';
import { createWebhookEvents } from '../../../src/observability/webhook-events';
import type { InboxEvent } from '../../../src/store/ports/inbox';
import { createWebhookHandler } from '../../../src/webhook/handler';
import type { WebhookHandler, WebhookOptions } from '../../../src/webhook/handler';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Line {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/** A real node:http server around the handler, with recording ports. */
export class WebhookServer {
  readonly appended: InboxEvent[] = [];
  readonly changes: PresenceChange[] = [];
  readonly letters: DeadLetter[] = [];
  readonly lines: Line[] = [];
  readonly registry = new Registry();
  readonly server: Server;
  readonly handler: WebhookHandler;
  /** Replace to make the store slow or refuse. */
  append: (event: InboxEvent) => Promise<void> = async (event) => void this.appended.push(event);
  addLetters: (letters: readonly DeadLetter[]) => Promise<void> = async (letters) =>
    void this.letters.push(...letters);
  draining = false;
  readonly #sockets = new Set<Socket>();

  constructor(
    options: Partial<WebhookOptions> = {},
    clock: Clock = { now: () => Date.now(), monotonicMs: () => Date.now() },
  ) {
    const log =
      (level: string) =>
      (fields: object, message: string): void =>
        void this.lines.push({ level, fields: fields as Record<string, unknown>, message });
    const logger: Logger = {
      isDebugging: true,
      debug: log('debug'),
      info: log('info'),
      warn: log('warn'),
      error: log('error'),
      child: () => logger,
    };
    this.handler = createWebhookHandler(
      {
        secrets: [],
        allowFrom: [],
        trustedProxies: [],
        maxBodyBytes: 32 * 1024 * 1024,
        maxInflightBytes: 128 * 1024 * 1024,
        directLaneMax: 20,
        allowUnauthenticated: true,
        draining: () => this.draining,
        ...options,
      },
      {
        inbox: { append: (event) => this.append(event) },
        presence: { apply: async (changes) => void this.changes.push(...changes) },
        deadLetters: { add: (letters) => this.addLetters(letters) },
        clock,
        random: Math.random,
        delivery: { announce: () => undefined, rings: () => false },
        journey: { isFollowed: false, tell: () => {} },
        spans: null,
        forward: null,
        events: createWebhookEvents({ logger, registry: this.registry }),
      },
    );
    this.server = createServer(this.handler);
    this.server.on('checkContinue', this.handler.checkContinue);
    this.server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  get messages(): Message[] {
    return this.appended.map((event) => {
      const body = decodeBody(event.body);
      if (body.kind !== 'message') throw new Error('not a message');
      return body.message;
    });
  }

  /** `chunked` leaves Content-Length out. */
  send(
    method: string,
    path: string,
    body: Buffer | string = '',
    headers: Record<string, string> = {},
    chunked = false,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const bytes = Buffer.from(body);
      const length: Record<string, string> = chunked ? {} : { 'Content-Length': String(bytes.length) };
      const request = httpRequest(
        {
          port: this.port,
          host: '127.0.0.1',
          method,
          path,
          headers: { ...length, ...headers },
          agent: false,
        },
        (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(pieces).toString(),
            }),
          );
        },
      );
      request.on('error', reject);
      request.end(bytes);
    });
  }

  post(path: string, body: Buffer | string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', path, body, headers);
  }

  async raw(text: string): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(text);
    return socket;
  }

  async metric(name: string, labels: Record<string, string> = {}): Promise<number> {
    const metric = await this.registry.getSingleMetric(name)?.get();
    let sum = 0;
    for (const value of metric?.values ?? []) {
      const of = value.labels as Record<string, unknown>;
      if (Object.entries(labels).every(([key, wanted]) => of[key] === wanted)) sum += value.value;
    }
    return sum;
  }
}

/** Resolves with what the socket says up to and with `end`. */
export function readUntil(socket: Socket, end: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const onData = (piece: Buffer): void => {
      text += piece.toString('latin1');
      if (!text.includes(end)) return;
      socket.off('data', onData);
      resolve(text);
    };
    socket.on('data', onData);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed after: ${text}`)));
  });
}

export function offline(fields: Record<string, unknown> = {}): string {
  return JSON.stringify({
    header: { no_persist: 0, red_dot: 1, sync_once: 0 },
    setting: 0,
    message_idstr: '2124460524698603520',
    client_msg_no: 'c1',
    message_seq: 1,
    from_uid: 'alice',
    channel_id: 'g',
    channel_type: 2,
    expire: 0,
    timestamp: 1795345834,
    payload: 'eyJ0eXBlIjoxLCJjb250ZW50IjoiaGkifQ==',
    to_uids: ['bob'],
    ...fields,
  });
}
