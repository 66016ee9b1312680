import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type Request, type Response } from 'express';
import { BodyPool } from '../http/body-pool';
import { foreignSign } from '../http/local-caller';
import { noContent } from './answer';
import { perform, refuse, respond, toProblem, type Exchange } from './request/exchange';
import { createIds } from './ids';
import type { JsonBodyLimits } from './request/json-body';
import type { Operation } from './operation';
import type { Authenticate } from './principal';
import { problem } from './problem';
import { requestIdOf } from './request/request-id';
import type { AdminServices } from './services';

export interface ServeOptions {
  readonly operations: readonly Operation[];
  readonly authenticate: Authenticate;
  readonly maxBodyBytes: number;
  /** No key is asked for, and the server is this machine's alone: callers that a foreign page could be are refused. */
  readonly localOnly: boolean;
  /** Mounted on the same Express app, with authentication, answers and counts of its own. */
  readonly mounted?: MountedHandler | undefined;
}

export interface MountedHandler {
  (request: IncomingMessage, response: ServerResponse): void;
  /** Of request targets. */
  readonly takes: (url: string | undefined) => boolean;
}

/** For `http.createServer` and for Express's `use` alike; it answers every request. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

type Services = Pick<AdminServices, 'clock' | 'random' | 'events'>;
type ExchangeOf = (response: ServerResponse) => Exchange;

/**
 * Serves these operations by Express and answers everything else as a problem. What is around Express does what it
 * does not do for a request target that it cannot parse: request id, count, an answer that is no HTML page.
 */
export function serve(options: ServeOptions, services: Services): RequestHandler {
  const exchanges = new WeakMap<ServerResponse, Exchange>();
  const begin = createBegin(options.authenticate, services);
  const app = createApp(options, (response) => {
    const exchange = exchanges.get(response);
    if (exchange === undefined) throw new Error('a response without its request');
    return exchange;
  });
  return (request, response) => {
    if (options.mounted?.takes(request.url) === true) {
      app(request as Request, response as Response, () => respond(response, notFound()));
      return;
    }
    const exchange = begin(request, response);
    exchanges.set(response, exchange);
    const sign = options.localOnly ? foreignSign(request) : null;
    if (sign !== null) {
      services.events.foreignRefused({ requestId: exchange.requestId, ...sign });
      respond(response, notLocal());
      return;
    }
    app(request as Request, response as Response, (error?: unknown) => {
      respond(response, error === undefined ? notFound() : toProblem(error, exchange, services));
    });
  };
}

/** Routes are strict: with a forgotten device id, `DELETE /v1/users/u/devices/` must not delete all devices. */
function createApp(
  { operations, maxBodyBytes, mounted }: ServeOptions,
  exchangeOf: ExchangeOf,
): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  app.use((request, response, next) => {
    if (mounted?.takes(request.url) === true) mounted(request, response);
    else next();
  });
  const router = express.Router({ strict: true, caseSensitive: true });
  router.use('/v1', (_request, response, next) => {
    const { principal } = exchangeOf(response);
    // Before the path is looked at, so that a stranger does not learn which paths there are.
    if (principal === null) respond(response, refuse(principal));
    else next();
  });
  const limits = { maxBytes: maxBodyBytes, pool: new BodyPool(bodiesBytes) };
  for (const [path, those] of byPath(operations)) mount(router, path, those, limits, exchangeOf);
  app.use(router);
  return app;
}

function createBegin(authenticate: Authenticate, { clock, random, events }: Services) {
  const makeId = createIds(clock, random);
  return (request: IncomingMessage, response: ServerResponse): Exchange => {
    const requestId = requestIdOf(request.headers['x-request-id'], makeId);
    const startedAtMs = clock.monotonicMs();
    const principal = authenticate(request.headers.authorization);
    const exchange: Exchange = { requestId, startedAtMs, principal, operation: 'none' };
    response.setHeader('x-request-id', requestId);
    response.setHeader('cache-control', 'no-store');
    response.once('close', () => {
      const { operation } = exchange;
      const status = response.statusCode;
      if (status === 401) events.unauthenticated({ requestId, address: request.socket.remoteAddress });
      const seconds = Math.max(0, clock.monotonicMs() - startedAtMs) / 1000;
      events.requestAnswered({ operation, status, seconds, requestId });
    });
    return exchange;
  };
}

function mount(
  router: express.Router,
  path: string,
  operations: readonly Operation[],
  limits: JsonBodyLimits,
  exchangeOf: ExchangeOf,
): void {
  const route = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
  for (const operation of operations) {
    route[operation.method](async (request: Request, response: Response) => {
      const exchange = exchangeOf(response);
      exchange.operation = operation.id;
      respond(response, await perform(operation, request, exchange, limits));
    });
  }
  const methods = operations.map(({ method }) => method.toUpperCase());
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  route.options((_request: Request, response: Response) => {
    response.setHeader('allow', allow);
    respond(response, noContent);
  });
  route.all((_request: Request, response: Response) => {
    respond(response, problem('method_not_allowed', `This path takes ${allow}.`, { headers: { allow } }));
  });
}

function byPath(operations: readonly Operation[]): Map<string, Operation[]> {
  const paths = new Map<string, Operation[]>();
  for (const operation of operations) {
    const others = paths.get(operation.path);
    if (others === undefined) paths.set(operation.path, [operation]);
    else others.push(operation);
  }
  return paths;
}

function notLocal() {
  return problem(
    'not_local',
    'Without API keys only this machine may call: the Host must be a loopback name or address, and no Origin a foreign one. Set api.keys (API_KEYS).',
  );
}

function notFound() {
  return problem('not_found', 'There is no such path. /openapi.json lists those there are.');
}

/** Of bodies of the API in memory at a time. */
const bodiesBytes = 32 * 1024 * 1024;
