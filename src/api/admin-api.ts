import { getHealthz } from './routes/process/get-healthz';
import { getMetrics } from './routes/process/get-metrics';
import { getReadyz } from './routes/process/get-readyz';
import { unauthenticated } from './principal';
import { serve, type RequestHandler } from './serve';
import type { AdminServices } from './services';

/** Health, readiness and metrics on a port of their own (`server.admin`): without keys, for those who watch the relay. */
export function createAdminApi(services: AdminServices, localOnly: boolean): RequestHandler {
  const operations = [getHealthz(), getReadyz(services), getMetrics(services)];
  return serve(
    {
      operations,
      authenticate: () => Promise.resolve(unauthenticated()),
      maxBodyBytes: 0,
      localOnly: () => localOnly,
    },
    services,
  );
}
