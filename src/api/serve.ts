import express, { type NextFunction, type Request, type Response } from 'express';
import { noContent } from './answer';
import { perform, refuse, respond, toProblem, type Exchange } from './exchange';
import { createIds } from './ids';
import type { Operation } from './operation';
import type { Authenticate } from './principal';
import { problem } from './problem';
import { requestIdOf } from './request-id';
import type { AdminServices } from './services';

export interface ServeOptions {
  readonly operations: readonly Operation[];
  readonly authenticate: Authenticate;
  readonly maxBodyBytes: number;
}

type Services = Pick<AdminServices, 'clock' | 'random' | 'events'>;

/**
 * An Express application that serves these operations and answers everything else as a problem. The routes are strict:
 * with a forgotten device id, `DELETE /v1/users/u/devices/` must not be the deletion of all devices.
 */
export function serve(options: ServeOptions, services: Services): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  const router = express.Router({ strict: true, caseSensitive: true });
  router.use(begin(options.authenticate, services));
  router.use('/v1', (_request, response, next) => {
    const { principal } = exchangeOf(response);
    // Before the path is looked at, so that a stranger does not learn which paths there are.
    if (principal === null) respond(response, refuse(principal));
    else next();
  });
  for (const [path, operations] of byPath(options.operations))
    mount(router, path, operations, options.maxBodyBytes);
  router.use((_request: Request, response: Response) => {
    respond(response, problem('not_found', 'There is no such path. /openapi.json lists those there are.'));
  });
  router.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    respond(response, toProblem(error, exchangeOf(response), services));
  });
  app.use(router);
  return app;
}

function begin(authenticate: Authenticate, { clock, random, events }: Services) {
  const makeId = createIds(clock, random);
  return (request: Request, response: Response, next: NextFunction): void => {
    const requestId = requestIdOf(request.headers['x-request-id'], makeId);
    const startedAtMs = clock.now();
    const principal = authenticate(request.headers.authorization);
    const exchange: Exchange = { requestId, startedAtMs, principal, operation: 'none' };
    response.locals.exchange = exchange;
    response.setHeader('x-request-id', requestId);
    response.setHeader('cache-control', 'no-store');
    response.once('close', () => {
      const { operation } = exchange;
      if (response.statusCode === 401)
        events.unauthenticated({ requestId, address: request.socket.remoteAddress });
      const seconds = Math.max(0, clock.now() - startedAtMs) / 1000;
      events.requestAnswered({ operation, status: response.statusCode, seconds, requestId });
    });
    next();
  };
}

function mount(
  router: express.Router,
  path: string,
  operations: readonly Operation[],
  maxBodyBytes: number,
): void {
  const route = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
  for (const operation of operations) {
    route[operation.method](async (request: Request, response: Response) => {
      const exchange = exchangeOf(response);
      exchange.operation = operation.id;
      respond(response, await perform(operation, request, exchange, maxBodyBytes));
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

function exchangeOf(response: Response): Exchange {
  return response.locals.exchange as Exchange;
}
