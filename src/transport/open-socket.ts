import { lookup as systemLookup } from 'node:dns';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { describeError } from './causes';
import { hostAndPort, type Origin, type Proxy } from './origin';
import type { HttpClientOptions } from './port';
import { openTunnel } from './proxy-tunnel';

export type SocketResult =
  | { readonly kind: 'connected'; readonly socket: Duplex }
  | { readonly kind: 'failed'; readonly cause: string };

const keepAliveAfterMs = 30_000;
/** What the cause says where a peer that was offered HTTP/2 chose something else. */
export const noHttp2 = 'peer does not speak HTTP/2 (ALPN chose nothing)';
const refusedAddress = 'the address is none of the internet';

/** Resolves a name to those of its addresses that may be connected to. */
function allowedOnly(allows: (address: string) => boolean): LookupFunction {
  return (hostname, options, done) =>
    systemLookup(hostname, { ...options, all: true }, (error, found) => {
      const allowed = error === null ? found.filter(({ address }) => allows(address)) : [];
      const [first] = allowed;
      if (error !== null) done(error, '');
      else if (first === undefined) done(new Error(refusedAddress), '');
      else if (options.all === true) done(null, allowed);
      else done(null, first.address, first.family);
    });
}

/**
 * Opens sockets to one origin, ready for HTTP: TCP, the proxy's tunnel, TLS with ALPN. Keeps the TLS context (loading the
 * trusted roots costs milliseconds) and the last session ticket, so that further connections resume.
 */
export class SocketOpener {
  #context: SecureContext | null = null;
  #ticket: Buffer | null = null;
  readonly #tls: HttpClientOptions['tls'];
  readonly #protocol: 'h2' | 'http/1.1';
  readonly #allowsAddress: ((address: string) => boolean) | null;
  readonly #alpn: string[];

  /** `orHttp1`: the peer may choose HTTP/1.1, which then is a failure of its own ({@link noHttp2}). */
  constructor(
    readonly origin: Origin,
    readonly proxy: Proxy | null,
    {
      tls,
      allowsAddress,
      orHttp1 = false,
    }: Pick<HttpClientOptions, 'tls' | 'allowsAddress'> & { readonly orHttp1?: boolean },
    protocol: 'h2' | 'http/1.1' = 'h2',
  ) {
    this.#tls = tls;
    this.#protocol = protocol;
    this.#alpn = protocol === 'h2' && orHttp1 ? ['h2', 'http/1.1'] : [protocol];
    this.#allowsAddress = proxy === null ? (allowsAddress ?? null) : null;
  }

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
    this.#ticket = null;
  }

  /** Calls `done` at most once, and not after the returned function was called, which gives up. */
  open(address: string, done: (result: SocketResult) => void): () => void {
    let over = false;
    if (isIP(address) !== 0 && this.#allowsAddress?.(address) === false) {
      const refused = setImmediate(done, { kind: 'failed', cause: refusedAddress } as const);
      return () => clearImmediate(refused);
    }
    const lookup = this.#allowsAddress === null ? {} : { lookup: allowedOnly(this.#allowsAddress) };
    let socket: Socket = connectTcp({ host: address, port: this.peer.port, noDelay: true, ...lookup });
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
      const tlsSocket = this.#secure(socket, fail, () =>
        end({ kind: 'connected', socket: tlsSocket as TLSSocket }),
      );
      if (tlsSocket !== null) socket = tlsSocket;
    };
    // This listener stays for the socket's life: an error after the hand-over must find one.
    socket.on('error', (error) => fail(describeError(error)));
    socket.on('close', () => fail('closed the connection'));
    socket.once('connect', () => {
      socket.setKeepAlive(true, keepAliveAfterMs);
      if (this.proxy === null) return secure();
      openTunnel(socket, this.proxy, this.origin, (cause) => (cause === null ? secure() : fail(cause)));
    });
    return () => {
      over = true;
      socket.destroy();
    };
  }

  #secure(socket: Socket, fail: (cause: string) => void, done: () => void): TLSSocket | null {
    const context = this.#secureContext(fail);
    if (context === null) return null;
    const { host } = this.origin;
    const name = host.replace(/\.$/, '');
    const tlsSocket = connectTls({
      socket,
      host: name,
      servername: isIP(name) === 0 ? name : '',
      ALPNProtocols: this.#alpn,
      secureContext: context,
      ...(this.#ticket === null ? {} : { session: this.#ticket }),
    });
    tlsSocket.on('error', (error) => fail(describeError(error)));
    tlsSocket.on('close', () => fail('closed the connection during the TLS handshake'));
    tlsSocket.on('session', (ticket) => {
      this.#ticket = ticket;
    });
    tlsSocket.once('secureConnect', () => {
      // Who speaks HTTP/1.1 only need not know of ALPN.
      if (tlsSocket.alpnProtocol === 'h2' || this.#protocol === 'http/1.1') return done();
      fail(noHttp2);
    });
    return tlsSocket;
  }

  #secureContext(fail: (cause: string) => void): SecureContext | null {
    try {
      this.#context ??= createSecureContext({ ...this.#tls, minVersion: 'TLSv1.2' });
      return this.#context;
    } catch (error) {
      fail(`client certificate or key cannot be used: ${describeError(error)}`);
      return null;
    }
  }
}
