/**
 * HTTP/2 to one origin, for small requests with small answers. One of these for each (base URL, proxy, credential):
 * APNs allows one key a connection.
 */
export interface Http2Client {
  /** Calls `done` exactly once, with the very request, so that one function may serve for all. Never throws. */
  request<Request extends Http2Request>(
    request: Request,
    done: (result: Http2Result, request: Request) => void,
  ): void;
  /** Streams open and waiting, and connections, for metrics and limits. */
  stats(): { readonly open: number; readonly waiting: number; readonly connections: number };
  /** Opens connections up to the minimum ahead of the first request. Optional to call. */
  warmUp(): void;
  /** The credential changed: connections are let go when idle, new requests open new ones. */
  refresh(): void;
  /** Graceful: open streams finish, at most `deadlineMs`; then they are cut. */
  close(deadlineMs: number): Promise<void>;
}

export interface Http2Request {
  readonly method: 'POST' | 'GET';
  /** Path and query, already encoded, relative to the origin (a base URL's own path is put in front by the client). */
  readonly path: string;
  /** Lower-case names. Headers that never enter the HPACK dynamic table are in `sensitive`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly sensitive: readonly string[];
  readonly body: Buffer | string;
  readonly timeoutMs: number;
}

/**
 * - response: a whole answer.
 * - not_processed: the peer promised that it did nothing (REFUSED_STREAM, above GOAWAY's last stream id), or nothing
 *   was ever written (no connection). The client has already re-sent it elsewhere a bounded number of times.
 * - cut: the request may have reached the peer (reset, hang, timeout, connection lost): ambiguous.
 */
export type Http2Result =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: 'not_processed'; readonly cause: string }
  | { readonly kind: 'cut'; readonly cause: string };

export interface Http2ClientOptions {
  /** `https://host[:port][/path]`; the port defaults to 443. */
  readonly baseUrl: string;
  /** CONNECT proxy, `http://[user:pass@]host:port`. */
  readonly proxyUrl: string | null;
  readonly minConnections: number;
  readonly maxConnections: number;
  /** Streams a connection even where the peer allows more; FCM 100. */
  readonly maxStreamsPerConnection: number;
  /** APNs token authentication: one stream on a new connection until its first answer. */
  readonly singleStreamUntilFirstAnswer: boolean;
  /** Client certificate, where the provider authenticates by one. */
  readonly tls: {
    readonly cert?: string;
    readonly key?: string;
    readonly pfx?: Buffer;
    readonly passphrase?: string;
    readonly ca?: string;
  };
  /** An idle connection is asked by PING this often, and is dead when no answer comes within `pingTimeoutMs`. */
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Let go after this long without a stream, down to `minConnections` of zero. */
  readonly idleTimeoutMs: number;
}
