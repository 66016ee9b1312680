import type { Config } from '../config/config';
import type { Routes } from '../delivery/routes';
import type { ReadinessCheck, ReadinessReport } from '../api/services';
import type { Store } from '../store/ports/store';

export interface ReadinessContext {
  readonly config: Config;
  readonly store: Pick<Store, 'health'>;
  readonly routes: Routes;
  /** Webhook bodies that are not read because there is no room for them. */
  readonly bodiesWaiting: number;
}

/**
 * Ready as long as webhooks are answered 200. What ails providers and credentials is degraded, with what to mend:
 * taking the process out of service for it would only lose webhooks.
 */
export async function readiness(context: ReadinessContext): Promise<ReadinessReport> {
  const checks = [
    ...(await storeChecks(context)),
    bodiesCheck(context.bodiesWaiting),
    ...routeChecks(context.routes),
    ...modeChecks(context.config),
  ];
  const worst = (status: ReadinessCheck['status']) => checks.some((check) => check.status === status);
  return { status: worst('unavailable') ? 'unavailable' : worst('degraded') ? 'degraded' : 'ready', checks };
}

async function storeChecks({ config, store }: ReadinessContext): Promise<ReadinessCheck[]> {
  const findings = await store.health();
  if (findings.length === 0) return [{ name: 'store', status: 'ok', detail: config.store.kind }];
  return findings.map(({ name, severity, detail }) => ({ name, status: severity, detail }));
}

function bodiesCheck(waiting: number): ReadinessCheck {
  const name = 'webhook_bodies';
  if (waiting === 0) return { name, status: 'ok', detail: '' };
  return {
    name,
    status: 'degraded',
    detail: `${waiting} webhook bodies wait because webhook.max_inflight_bytes is used up: the store is slow, or somebody sends large bodies`,
  };
}

function routeChecks(routes: Routes): ReadinessCheck[] {
  return [...routes.all()].map((route) => ({
    name: route.id,
    status: route.pause === null ? 'ok' : 'degraded',
    detail:
      route.pause === null
        ? ''
        : `the provider refuses the credential (${route.pause.reason}): its pushes are parked until it is mended`,
  }));
}

function modeChecks(config: Config): ReadinessCheck[] {
  if (config.providersMode === 'real') return [];
  return [{ name: 'providers', status: 'ok', detail: 'sandbox: no push reaches a real phone' }];
}
