/**
 * HTTP to one origin, for small requests with bounded answers; over HTTP/2 or HTTP/1.1. One of these for each (base URL, proxy,
 * credential): APNs allows one key per connection.
 */
export interface HttpClient {
  /** Calls `done` exactly once, with the very request, so that one function may serve for all. Never throws. */
  request<Request extends HttpRequest>(
    request: Request,
    done: (result: HttpResult, request: Request) => void,
  ): void;
  /** For metrics. */
  stats(): { readonly connections: number };
  /** The credential changed: connections are let go when idle, new requests open new ones. */
  refresh(): void;
  /** Graceful: open streams finish, at most `deadlineMs`; then they are cut. */
  close(deadlineMs: number): Promise<void>;
}

export interface HttpRequest {
  readonly method: 'POST' | 'GET';
  /** Path and query, already encoded, relative to the origin (a base URL's own path is put in front by the client). */
  readonly path: string;
  /** Lower-case names. Headers that never enter the HPACK dynamic table are in `sensitive`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly sensitive: readonly string[];
  readonly body: Buffer | string;
  readonly timeoutMs: number;
  /** The longest body of an answer that is taken; 64 KiB unless told. A longer one is cut. */
  readonly maxAnswerBytes?: number | undefined;
}

/**
 * - response: a whole answer.
 * - not_processed: the peer promised that it did nothing (REFUSED_STREAM, above GOAWAY's last stream id), or nothing
 *   was ever written (no connection). The client has already re-sent it elsewhere a bounded number of times.
 * - cut: the request may have reached the peer (reset, hang, timeout, connection lost): ambiguous.
 */
export type HttpResult =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: 'not_processed'; readonly cause: string }
  | { readonly kind: 'cut'; readonly cause: string };

export interface HttpClientOptions {
  /** `https://host[:port][/path]`; the port defaults to 443. */
  readonly baseUrl: string;
  /** CONNECT proxy, `http://[user:pass@]host:port`. */
  readonly proxyUrl: string | null;
  readonly maxConnections: number;
  /** Client certificate, where the peer authenticates by one. */
  readonly tls: {
    readonly cert?: string;
    readonly key?: string;
    readonly pfx?: Buffer;
    readonly passphrase?: string;
    readonly ca?: string;
  };
  readonly connectTimeoutMs: number;
  /** Whether an IP address may be connected to, asked of each before it is; absent: any. A proxy's is not asked about. */
  readonly allowsAddress?: (address: string) => boolean;
  /** Let go after this long without a request. */
  readonly idleTimeoutMs: number;
}

export interface Http2ClientOptions extends HttpClientOptions {
  /** What stays while requests are made. */
  readonly minConnections: number;
  /** Streams a connection even where the peer allows more; FCM 100. */
  readonly maxStreamsPerConnection: number;
  /** APNs token authentication: one stream on a new connection until its first answer. */
  readonly singleStreamUntilFirstAnswer: boolean;
  /** An idle connection is asked by PING this often, and is dead when no answer comes within `pingTimeoutMs`. */
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  /** Speaks HTTP/1.1 to a peer that does not speak HTTP/2; absent: such a peer is an error. */
  readonly orHttp1?: boolean;
}

export interface Http1ClientOptions extends HttpClientOptions {
  /** Where `http://` is allowed: a service of the house may speak it anywhere, a provider only on this host. */
  readonly plainHosts: 'loopback' | 'anywhere';
}
