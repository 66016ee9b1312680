import type { ConnectionFactory } from './connection';
import { LeanConnection } from './lean/lean-connection';
import { SocketOpener } from './open-socket';
import { parseOrigin, parseProxy } from './origin';
import { type Http2ClientContext, PooledHttp2Client } from './pooled-client';
import type { Http2Client, Http2ClientOptions } from './port';

const LAST_STREAM_ID = 2 ** 31 - 1;

/**
 * A client over an HTTP/2 of our own, for small requests only. Throws a TypeError for a base URL or proxy URL that cannot
 * be used.
 *
 * A loopback `http://` origin is reached directly, whatever the proxy: no proxy could reach it.
 */
export function createLeanHttp2Client(options: Http2ClientOptions, context: Http2ClientContext): Http2Client {
  const origin = parseOrigin(options.baseUrl);
  const proxy = options.proxyUrl === null ? null : parseProxy(options.proxyUrl);
  const opener = new SocketOpener(origin, origin.secure ? proxy : null, options.tls);
  const settings = {
    origin,
    maxStreams: options.maxStreamsPerConnection,
    singleStreamUntilFirstAnswer: options.singleStreamUntilFirstAnswer,
    liveness: { pingIntervalMs: options.pingIntervalMs, pingTimeoutMs: options.pingTimeoutMs },
    lastStreamId: context.lastStreamId ?? LAST_STREAM_ID,
  };
  const create: ConnectionFactory = (socket, address, listener) =>
    new LeanConnection(socket, address, settings, context.clock, listener);
  return new PooledHttp2Client(options, context, opener, create);
}
