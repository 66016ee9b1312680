import type { Secret } from '../config/secret';
import { createHttp1Client } from '../transport/http1-client';
import type { HttpClient } from '../transport/port';

interface ServiceAddress {
  readonly baseUrl: string;
  readonly proxyUrl: Secret | null;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
}

/** An HTTP client for a service of the installation, which may be anywhere, in plain HTTP too. */
export function connectToService(
  { baseUrl, proxyUrl, maxConnections, connectTimeoutMs }: ServiceAddress,
  ca: string | null,
): HttpClient {
  return createHttp1Client({
    baseUrl,
    proxyUrl: proxyUrl?.reveal() ?? null,
    maxConnections,
    tls: ca === null ? {} : { ca },
    connectTimeoutMs,
    idleTimeoutMs,
    plainHosts: 'anywhere',
  });
}

/** Below what servers usually keep a connection for, so that it is not cut while a request is on it. */
const idleTimeoutMs = 4_000;
