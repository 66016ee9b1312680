import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import {
  performServerHandshake,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import {
  createServer as createNetServer,
  type AddressInfo,
  type Server as NetServer,
  type Socket,
} from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls';
import type { Clock } from '../domain/clock';
import { openableHost } from '../http/openable-host';
import type { CertifiedKey } from './certificates/certificate';
import { Connection, type GoawayOptions } from './connection';
import { RequestExchange, StreamExchange, type Exchange } from './exchange';

export interface ListenerOptions {
  readonly host: string;
  /** 0 = any free port; `down` and `up` keep it. */
  readonly port: number;
  readonly certificate: CertifiedKey;
  /** PEM of the authority whose client certificates are asked for; null: none are. */
  readonly clientAuthorityPem: string | null;
  readonly http1: boolean;
  /** SETTINGS_MAX_CONCURRENT_STREAMS of a new connection. */
  readonly maxStreams: number;
  readonly clock: Clock;
  readonly onConnection: (connection: Connection) => void;
  readonly onExchange: (exchange: Exchange) => void;
  /** A stream opened (+1) or closed (-1). */
  readonly onStreams: (change: 1 | -1) => void;
}

/** A cold burst on a one-stream connection is refused stream by stream, as the vendors do, and not hung up on. */
const maxRefusedStreams = 1_000_000;
const handshakeTimeoutMs = 120_000;

/**
 * A port that speaks TLS and HTTP/2 (and HTTP/1.1 where asked).
 *
 * up: accepts and answers. down: connections are refused, the old ones were reset; `up` takes the same port again.
 * frozen (in either): sockets stay open and nothing is read from them; new ones connect and get no TLS handshake.
 * closed: for good.
 */
export class Listener {
  readonly connections = new Set<Connection>();
  readonly #front: NetServer;
  readonly #tls: TlsServer;
  readonly #http: HttpServer | null;
  readonly #sockets = new Set<Socket>();
  readonly #byPeer = new Map<string, Socket>();
  readonly #byTlsSocket = new WeakMap<object, Connection>();
  #waiting: Socket[] = [];
  #frozen = false;
  #port: number;
  #lastConnection = 0;
  readonly #options: ListenerOptions;

  private constructor(options: ListenerOptions) {
    this.#options = options;

    this.#port = options.port;
    this.#tls = createTlsServer({
      cert: options.certificate.certPem,
      key: options.certificate.keyPem,
      ...(options.clientAuthorityPem === null
        ? {}
        : { ca: options.clientAuthorityPem, requestCert: true, rejectUnauthorized: false }),
      ALPNProtocols: options.http1 ? ['h2', 'http/1.1'] : ['h2'],
      minVersion: 'TLSv1.2',
      handshakeTimeout: handshakeTimeoutMs,
    });
    this.#tls.on('secureConnection', (socket) => this.#secured(socket));
    this.#tls.on('tlsClientError', () => {});
    this.#http = options.http1 ? this.#createHttp() : null;
    this.#front = createNetServer({ noDelay: true }, (socket) => this.#arrived(socket));
  }

  static async open(options: ListenerOptions): Promise<Listener> {
    const listener = new Listener(options);
    await listener.up();
    return listener;
  }

  get url(): string {
    const reachable = openableHost(this.#options.host);
    return `https://${reachable}:${this.#port}`;
  }

  up(): Promise<void> {
    if (this.#front.listening) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#front.once('error', reject);
      this.#front.listen({ host: this.#options.host, port: this.#port, backlog: 1024 }, () => {
        this.#front.off('error', reject);
        this.#port = (this.#front.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  /** Resolves when connections are refused and the old ones are reset. */
  down(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#front.listening) this.#front.close(() => resolve());
      else resolve();
      for (const connection of this.connections) connection.cut('rst');
      this.connections.clear();
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  freeze(): void {
    this.#frozen = true;
    for (const connection of this.connections) connection.freeze();
  }

  thaw(): void {
    this.#frozen = false;
    for (const connection of this.connections) connection.thaw();
    for (const socket of this.#waiting.splice(0)) if (!socket.destroyed) this.#tls.emit('connection', socket);
  }

  goaway(options?: GoawayOptions): void {
    for (const connection of this.connections) connection.goaway(options);
  }

  async close(): Promise<void> {
    await this.down();
    this.#http?.closeAllConnections();
  }

  #arrived(socket: Socket): void {
    const name = peerName(socket);
    this.#sockets.add(socket);
    this.#byPeer.set(name, socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (this.#byPeer.get(name) === socket) this.#byPeer.delete(name);
    });
    // Gone before it was accepted: it has no address any more.
    if (socket.remotePort === undefined) {
      socket.destroy();
      return;
    }
    if (this.#frozen) this.#waiting.push(socket);
    else this.#tls.emit('connection', socket);
  }

  #secured(socket: TLSSocket): void {
    const raw = this.#byPeer.get(peerName(socket));
    socket.on('error', () => {});
    if (raw === undefined || raw.destroyed) {
      socket.destroy();
      return;
    }
    const session =
      socket.alpnProtocol === 'h2'
        ? performServerHandshake(socket, {
            settings: { maxConcurrentStreams: this.#options.maxStreams },
            maxSessionRejectedStreams: maxRefusedStreams,
          })
        : null;
    this.#lastConnection += 1;
    const connection = new Connection(this.#lastConnection, this.#options.clock.now(), socket, raw, session);
    this.connections.add(connection);
    raw.on('close', () => {
      connection.closed();
      this.connections.delete(connection);
    });
    this.#options.onConnection(connection);
    if (this.#frozen) connection.freeze();
    if (session !== null) this.#serve(session, connection);
    else this.#serveHttp1(socket, connection);
  }

  #serve(session: ServerHttp2Session, connection: Connection): void {
    session.on('error', () => {});
    session.on(
      'stream',
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) => {
        this.#streamOpened(connection, stream.id);
        stream.on('close', () => this.#streamClosed(connection));
        const exchange = new StreamExchange(connection, stream, headers, rawHeaders);
        exchange.whenRead(() => this.#options.onExchange(exchange));
      },
    );
  }

  #serveHttp1(socket: TLSSocket, connection: Connection): void {
    if (this.#http === null) {
      socket.destroy();
      return;
    }
    this.#byTlsSocket.set(socket, connection);
    this.#http.emit('connection', socket);
  }

  #createHttp(): HttpServer {
    return createHttpServer({ keepAliveTimeout: 0 }, (request, response) => {
      const connection = this.#byTlsSocket.get(request.socket);
      if (connection === undefined) return;
      this.#streamOpened(connection);
      response.on('close', () => this.#streamClosed(connection));
      const exchange = new RequestExchange(connection, request, response);
      exchange.whenRead(() => this.#options.onExchange(exchange));
    });
  }

  #streamOpened(connection: Connection, streamId?: number): void {
    connection.streamOpened(streamId);
    this.#options.onStreams(1);
  }

  #streamClosed(connection: Connection): void {
    connection.streamClosed();
    this.#options.onStreams(-1);
  }
}

/** A TLS socket does not tell which TCP socket it sits on; the peer's address does. */
function peerName(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
