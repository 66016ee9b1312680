import type { IncomingMessage, ServerResponse } from 'node:http';
import { endAnswer } from '../http/farewell';

/** How long browsers keep a permission; Chromium keeps none longer than two hours. */
const maxAgeSeconds = 7_200;
const allowedMethods = 'GET, PUT, PATCH, POST, DELETE';
const allowedHeaders = 'authorization, content-type, idempotency-key, x-request-id';
/** What a page may read of an answer beside its body. */
const exposedHeaders = 'x-request-id, retry-after, www-authenticate';

/** Sets the headers of an answer, and gives the whole answer to a preflight: then true. */
export type Cors = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Lets pages of these origins read answers: https://fetch.spec.whatwg.org/#http-cors-protocol. Cookies are never allowed: who
 * calls is in `Authorization`. Null: no origins, and no header says anything.
 */
export function createCors(origins: readonly string[]): Cors | null {
  if (origins.length === 0) return null;
  const known = new Set(origins);
  return (request, response) => {
    // Of every answer, so that a cache never gives one page the permission of another.
    response.setHeader('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !known.has(origin)) return false;
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-expose-headers', exposedHeaders);
    const isPreflight =
      request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
    if (!isPreflight) return false;
    response.setHeader('vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers');
    // The same for every path: a preflight carries no key, and must not tell which paths there are.
    response.setHeader('access-control-allow-methods', allowedMethods);
    response.setHeader('access-control-allow-headers', allowedHeaders);
    response.setHeader('access-control-max-age', String(maxAgeSeconds));
    response.statusCode = 204;
    endAnswer(response, '');
    return true;
  };
}
