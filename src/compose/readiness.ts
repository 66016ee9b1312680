import type { Config } from '../config/config';
import type { ProviderConfig } from '../config/sections/app';
import type { Clock } from '../domain/clock';
import { providerNames } from '../domain/provider-table';
import { credentialHint } from '../observability/credential-hint';
import type { RouteTrouble } from '../delivery/routes/route-health';
import type { Routes, RouteState } from '../delivery/routes/routes';
import type { ReadinessCheck, ReadinessReport } from '../api/services';
import type { ForwardFigures } from '../forward/forwarder';
import type { Resolver } from '../resolver/resolver';
import { resolverChecks } from './called/resolver';
import type { Store, StoreFinding } from '../store/ports/store';

export interface ReadinessContext {
  readonly config: Config;
  readonly store: Pick<Store, 'health'>;
  readonly forwards: readonly ForwardFigures[];
  /** What ails the disk store of the webhooks that are forwarded. */
  readonly forwardHealth: () => Promise<readonly StoreFinding[]>;
  readonly routes: Routes;
  /** Webhook bodies that are not read because there is no room for them. */
  readonly bodiesWaiting: number;
  /** Null: there is none. */
  readonly resolver: Resolver | null;
  /** Of parts that report for themselves. */
  readonly more: readonly ReadinessCheck[];
  readonly clock: Clock;
}

/**
 * Ready as long as webhooks are answered 200. What ails providers and credentials is degraded, with what to mend:
 * taking the process out of service for it would only lose webhooks.
 */
export async function readiness(context: ReadinessContext): Promise<ReadinessReport> {
  const checks = [
    ...(await storeChecks(context)),
    bodiesCheck(context.bodiesWaiting),
    ...[...context.routes.all()].map((route) => routeCheck(route, context.clock.monotonicMs())),
    ...context.forwards.filter(({ isRemoved, depth }) => !isRemoved || depth > 0).map(forwardCheck),
    ...forwardStoreChecks(await context.forwardHealth()),
    ...(context.resolver === null ? [] : resolverChecks(context.resolver)),
    ...context.more,
    ...modeChecks(context.config),
    ...paperworkChecks(context.config),
  ];
  const worst = (status: ReadinessCheck['status']) => checks.some((check) => check.status === status);
  return { status: worst('unavailable') ? 'unavailable' : worst('degraded') ? 'degraded' : 'ready', checks };
}

async function storeChecks({ config, store }: ReadinessContext): Promise<ReadinessCheck[]> {
  const findings = await store.health();
  if (findings.length === 0) return [{ name: 'store', status: 'ok', detail: config.store.kind }];
  return findings.map(({ name, severity, detail }) => ({
    name,
    status: severity,
    detail: detail === '' ? config.store.kind : detail,
  }));
}

function bodiesCheck(waiting: number): ReadinessCheck {
  const name = 'webhook_bodies';
  if (waiting === 0) return { name, status: 'ok', detail: 'No webhook body waits.' };
  return {
    name,
    status: 'degraded',
    detail: `${waiting} webhook bodies wait because webhook.max_inflight_bytes is used up: the store is slow, or somebody sends large bodies`,
  };
}

/** Degraded at worst: what is not forwarded by default, `msg.offline`, is taken. */
function forwardStoreChecks(findings: readonly StoreFinding[]): ReadinessCheck[] {
  return findings.map(({ name, detail }) => ({ name: `forward.${name}`, status: 'degraded', detail }));
}

function forwardCheck({ target, depth, trouble, isRemoved }: ForwardFigures): ReadinessCheck {
  const name = `forward:${target}`;
  if (isRemoved) {
    const detail = `This receiver is not in webhook.forward any more. ${depth} webhooks wait for it, and are dead letters after 24 hours (1 hour for user.onlinestatus). Add it again to send them.`;
    return { name, status: 'ok', detail };
  }
  if (trouble === null) return { name, status: 'ok', detail: `${depth} webhooks wait.` };
  const detail = `The receiver has taken nothing since ${timeText(trouble.sinceMs)}: ${trouble.reason}. ${depth} webhooks wait for it and are sent again. Check the url and secret of webhook.forward.`;
  return { name, status: 'degraded', detail };
}

/** Whatever keeps pushes from going out on a route, since when, and why. */
function routeCheck(route: RouteState, monotonicMs: number): ReadinessCheck {
  const { id: name, pause, health } = route;
  if (pause !== null) {
    const hint = credentialHint(route.provider.name, route.app, pause.reason);
    const detail = `The provider has refused the credential since ${timeText(pause.sinceMs)}: ${pause.reason}. Its pushes wait. ${hint}`;
    return { name, status: 'degraded', detail };
  }
  const outage = health.outage(monotonicMs);
  if (outage !== null) return { name, status: 'degraded', detail: outageText(outage) };
  const detail =
    health.answeredAtMs === null
      ? 'No push has been answered since the start.'
      : `The provider last answered at ${timeText(health.answeredAtMs)}.`;
  return { name, status: 'ok', detail };
}

function outageText({ kind, reason, sinceMs, untilMs, attempts }: RouteTrouble): string {
  const count = `${attempts} attempt${attempts === 1 ? '' : 's'} in a row`;
  switch (kind) {
    case 'unavailable':
      return `No push has got through since ${timeText(sinceMs)} (${count}): ${reason}. Its pushes are retried.`;
    case 'throttled':
      return `The provider has limited all pushes since ${timeText(sinceMs)} (${count}): ${reason}. They are retried.`;
    case 'exhausted': {
      const until =
        untilMs === null
          ? ''
          : ` Its pushes wait until ${timeText(untilMs)}, but at most until delivery.max_age.`;
      return `The quota at the provider has been used up since ${timeText(sinceMs)}: ${reason}.${until}`;
    }
    default:
      return kind satisfies never;
  }
}

function timeText(atMs: number): string {
  return new Date(atMs).toISOString();
}

function modeChecks(config: Config): ReadinessCheck[] {
  if (config.providersMode === 'real') return [];
  return [{ name: 'providers', status: 'ok', detail: 'sandbox: no push reaches a real phone' }];
}

/** What a vendor silently downgrades pushes without. */
function paperworkChecks({ apps }: Config): ReadinessCheck[] {
  return apps.flatMap((app) =>
    providerNames.flatMap((provider) => {
      const section: ProviderConfig = app[provider];
      return (section?.missing ?? []).map(({ key, message }) => ({
        name: `apps.${app.name}.${provider}.${key}`,
        status: 'degraded' as const,
        detail: `${message}.`,
      }));
    }),
  );
}
