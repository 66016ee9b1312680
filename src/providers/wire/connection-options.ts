import type { Http2ClientOptions } from '../../transport/port';

/** What providers with a stream for each push are told of their connections. */
export interface ConnectionOptions {
  /** Of an environment or a push service. */
  readonly connections: { readonly min: number; readonly max: number };
  readonly timeoutMs: number;
  /** PEM of an authority to trust instead of Node's own, e.g. the sandbox's. */
  readonly ca?: string;
  /** A connection without a stream is let go after this; default 30 min. */
  readonly idleTimeoutMs?: number;
  /** Default 30 s. */
  readonly pingIntervalMs?: number;
  /** Default 5 s. */
  readonly pingTimeoutMs?: number;
}

/** What the client of such a provider is made with, whoever the peer is. */
export function clientOptions(options: ConnectionOptions) {
  return {
    minConnections: options.connections.min,
    maxConnections: options.connections.max,
    tls: options.ca === undefined ? {} : { ca: options.ca },
    pingIntervalMs: options.pingIntervalMs ?? 30_000,
    pingTimeoutMs: options.pingTimeoutMs ?? 5_000,
    connectTimeoutMs: options.timeoutMs,
    idleTimeoutMs: options.idleTimeoutMs ?? 30 * 60_000,
  } satisfies Partial<Http2ClientOptions>;
}
