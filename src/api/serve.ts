import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type Request, type Response } from 'express';
import { BodyPool } from '../http/body-pool';
import { foreignSign } from '../http/local-caller';
import { noContent, type Answer } from './answer';
import { perform, respond, toProblem, type Exchange } from './request/exchange';
import type { Cors } from './cors';
import { createIds } from '../shared/ids';
import type { JsonBodyLimits } from './request/json-body';
import type { Method, Operation } from './operation';
import type { Authenticate, Principal } from './principal';
import { problem, type Problem } from './problem';
import { requestIdOf } from '../http/request-id';
import type { AdminServices } from './services';

export interface ServeOptions {
  readonly operations: readonly Operation[];
  readonly authenticate: Authenticate;
  readonly maxBodyBytes: number;
  /** Null: no page of another origin reads answers. */
  readonly cors?: Cors | null;
  /** No key is asked for, and the server is this machine's alone: callers that a foreign page could be are refused. */
  readonly localOnly: () => boolean;
  /** Who calls with no `Authorization` header, but from the page of the dashboard; absent: there is none. */
  readonly browser?: BrowserCaller | undefined;
  /** Mounted on the same Express app, with authentication, answers and counts of its own. */
  readonly mounted?: MountedHandler | undefined;
  /** Routes of other servers, with their own authentication. */
  readonly foreign?: readonly ForeignRoute[];
}

export interface BrowserCaller {
  /** Whose session the request's cookie holds; null: nobody's. */
  principal(request: IncomingMessage): Principal | null;
  /** A page of another origin uses the cookie to change something. */
  isForeign(request: IncomingMessage): boolean;
}

export interface MountedHandler {
  (request: IncomingMessage, response: ServerResponse): void;
  /** Of request targets. */
  readonly takes: (url: string | undefined) => boolean;
}

/** A route in another server's own shapes and with its own authentication. */
export interface ForeignRoute {
  /** For metrics. */
  readonly id: string;
  readonly method: Method;
  readonly path: string;
  /** Never rejects: its errors have the other server's shape too. */
  readonly handle: (call: ForeignCall) => Promise<Answer>;
}

export interface ForeignCall {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly limits: JsonBodyLimits;
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
  const begin = createBegin(services);
  const app = createApp(options, services, (response) => {
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
    if (options.cors?.(request, response) === true) return;
    const sign = options.localOnly() ? foreignSign(request) : null;
    if (sign !== null) {
      services.events.foreignRefused({ requestId: exchange.requestId, ...sign });
      respond(response, notLocal());
      return;
    }
    if (options.browser?.isForeign(request) === true) {
      respond(response, foreignPage());
      return;
    }
    app(request as Request, response as Response, (error?: unknown) => {
      respond(response, error === undefined ? notFound() : toProblem(error, exchange, services));
    });
  };
}

/** Routes are strict: with a forgotten device id, `DELETE /v1/users/u/devices/` must not delete all devices. */
function createApp(
  { operations, authenticate, browser, maxBodyBytes, mounted, foreign = [] }: ServeOptions,
  { events }: Services,
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
  const callerOf = async (request: IncomingMessage): Promise<Principal | Problem> =>
    browser?.principal(request) ?? (await authenticate(request.headers.authorization));
  const router = express.Router({ strict: true, caseSensitive: true });
  const limits = { maxBytes: maxBodyBytes, pool: new BodyPool(bodiesBytes) };
  for (const route of foreign) mountForeign(router, route, limits, exchangeOf);
  router.use('/v1', async (request, response, next) => {
    const exchange = exchangeOf(response);
    // Before the path is looked at, so that a stranger does not learn which paths there are.
    const caller = await callerOf(request);
    if (caller.kind === 'problem') {
      const { code } = caller;
      const { requestId } = exchange;
      const isStranger = code === 'unauthenticated' || code === 'invalid_user_token';
      if (isStranger) events.unauthenticated({ requestId, code, address: request.socket.remoteAddress });
      respond(response, caller);
      return;
    }
    exchange.principal = caller;
    next();
  });
  router.use('/dashboard', async (request, response, next) => {
    const caller = await callerOf(request);
    // The login is for strangers: each route says whom it serves.
    if (caller.kind !== 'problem') exchangeOf(response).principal = caller;
    next();
  });
  for (const [path, those] of byPath(operations)) mount(router, path, those, limits, exchangeOf);
  app.use(router);
  return app;
}

function mountForeign(
  router: express.Router,
  { id, method, path, handle }: ForeignRoute,
  limits: JsonBodyLimits,
  exchangeOf: ExchangeOf,
): void {
  router[method](path, async (request: Request, response: Response) => {
    const exchange = exchangeOf(response);
    exchange.operation = id;
    respond(response, await handle({ request, requestId: exchange.requestId, limits }));
  });
}

function createBegin({ clock, random, events }: Services) {
  const makeId = createIds(clock, random);
  return (request: IncomingMessage, response: ServerResponse): Exchange => {
    const requestId = requestIdOf(request.headers['x-request-id'], makeId);
    const startedAtMs = clock.monotonicMs();
    const exchange: Exchange = { requestId, startedAtMs, principal: null, operation: 'none' };
    response.setHeader('x-request-id', requestId);
    response.setHeader('cache-control', 'no-store');
    response.once('close', () => {
      const { operation } = exchange;
      const status = response.statusCode;
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
    respond(response, problem('method_not_allowed', `This path supports ${allow}.`, { headers: { allow } }));
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

function foreignPage() {
  return problem(
    'foreign_page',
    'A session of the dashboard works from its own page only. Programs send Authorization: Bearer with an API key.',
  );
}

function notFound() {
  return problem('not_found', 'The path does not exist. /openapi.json lists all paths.');
}

/** Of bodies of the API in memory at a time. */
const bodiesBytes = 32 * 1024 * 1024;
