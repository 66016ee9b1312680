import { createHttp1Client } from '../../transport/http1-client';
import type { HttpClient, Http1ClientOptions } from '../../transport/port';

/** Where a vendor is reached. */
export interface HttpEndpoint {
  /** `https://host[:port][/path]` */
  readonly url: string;
  readonly proxyUrl: string | null;
  /** PEM of an authority to trust instead of Node's own, e.g. the sandbox's. */
  readonly ca?: string;
}

/** Vendors answer HTTP/1.1 for sure; which of them speak HTTP/2 is not known. */
export function apiClientOptions(
  { url, proxyUrl, ca }: HttpEndpoint,
  { maxConnections, timeoutMs }: { readonly maxConnections: number; readonly timeoutMs: number },
): Http1ClientOptions {
  return {
    baseUrl: url,
    proxyUrl,
    maxConnections,
    tls: ca === undefined ? {} : { ca },
    connectTimeoutMs: timeoutMs,
    idleTimeoutMs: 30_000,
    plainHosts: 'loopback',
  };
}

/** One request per hour or so: its connection is not kept. */
export function tokenClient(endpoint: HttpEndpoint): HttpClient {
  return createHttp1Client({
    ...apiClientOptions(endpoint, { maxConnections: 1, timeoutMs: 10_000 }),
    idleTimeoutMs: 1_000,
  });
}
