import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { describeError } from './causes';
import { hostAndPort, type Origin, type Proxy } from './origin';
import type { Http2ClientOptions } from './port';
import { openTunnel } from './proxy-tunnel';

export type SocketResult =
  | { readonly kind: 'connected'; readonly socket: Duplex }
  | { readonly kind: 'failed'; readonly cause: string };

const KEEP_ALIVE_AFTER_MS = 30_000;

/**
 * Opens sockets to one origin, ready for HTTP/2: TCP, the proxy's tunnel, TLS with ALPN h2. Keeps the TLS context (loading the
 * trusted roots costs milliseconds) and the last session ticket, so that further connections resume.
 */
export class SocketOpener {
  private context: SecureContext | null = null;
  private ticket: Buffer | null = null;

  constructor(
    readonly origin: Origin,
    readonly proxy: Proxy | null,
    private readonly tls: Http2ClientOptions['tls'],
  ) {}

  /** The host whose addresses are dialled, and its port. */
  get peer(): { readonly host: string; readonly port: number } {
    return this.proxy ?? this.origin;
  }

  /** Where connections lead, for people. */
  get target(): string {
    const origin = hostAndPort(this.origin.host, this.origin.port);
    return this.proxy === null
      ? origin
      : `${origin} through proxy ${hostAndPort(this.proxy.host, this.proxy.port)}`;
  }

  /** A ticket stands for the identity that it was made with. */
  forgetTicket(): void {
    this.ticket = null;
  }

  /** Calls `done` at most once, and not after the returned function was called, which gives up. */
  open(address: string, done: (result: SocketResult) => void): () => void {
    let over = false;
    let socket: Socket = connectTcp({ host: address, port: this.peer.port, noDelay: true });
    const end = (result: SocketResult): void => {
      if (over) return;
      over = true;
      if (result.kind === 'failed') socket.destroy();
      done(result);
    };
    let stage = this.proxy === null ? '' : 'proxy: ';
    const fail = (cause: string): void => end({ kind: 'failed', cause: stage + cause });
    const secure = (): void => {
      if (over) return;
      stage = '';
      if (!this.origin.secure) return end({ kind: 'connected', socket });
      const tlsSocket = this.secure(socket, fail, () =>
        end({ kind: 'connected', socket: tlsSocket as TLSSocket }),
      );
      if (tlsSocket !== null) socket = tlsSocket;
    };
    // This listener stays for the socket's life: an error after the hand-over must find one.
    socket.on('error', (error) => fail(describeError(error)));
    socket.on('close', () => fail('closed the connection'));
    socket.once('connect', () => {
      socket.setKeepAlive(true, KEEP_ALIVE_AFTER_MS);
      if (this.proxy === null) return secure();
      openTunnel(socket, this.proxy, this.origin, (cause) => (cause === null ? secure() : fail(cause)));
    });
    return () => {
      over = true;
      socket.destroy();
    };
  }

  private secure(socket: Socket, fail: (cause: string) => void, done: () => void): TLSSocket | null {
    const context = this.secureContext(fail);
    if (context === null) return null;
    const { host } = this.origin;
    const name = host.replace(/\.$/, '');
    const tlsSocket = connectTls({
      socket,
      host: name,
      servername: isIP(name) === 0 ? name : '',
      ALPNProtocols: ['h2'],
      secureContext: context,
      ...(this.ticket === null ? {} : { session: this.ticket }),
    });
    tlsSocket.on('error', (error) => fail(describeError(error)));
    tlsSocket.on('close', () => fail('closed the connection during the TLS handshake'));
    tlsSocket.on('session', (ticket) => {
      this.ticket = ticket;
    });
    tlsSocket.once('secureConnect', () => {
      if (tlsSocket.alpnProtocol === 'h2') return done();
      fail('peer does not speak HTTP/2 (ALPN chose nothing)');
    });
    return tlsSocket;
  }

  private secureContext(fail: (cause: string) => void): SecureContext | null {
    try {
      this.context ??= createSecureContext({ ...this.tls, minVersion: 'TLSv1.2' });
      return this.context;
    } catch (error) {
      fail(`client certificate or key cannot be used: ${describeError(error)}`);
      return null;
    }
  }
}
