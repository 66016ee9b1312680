import { isProviderName, type ProviderName, type ProviderLane } from './provider-table';

/** Where a delivery goes: one credential's work. Pausing and concurrency are per route. */
export interface Route {
  readonly app: string;
  readonly provider: ProviderName;
  readonly lane: ProviderLane;
}

export function routeId(route: Route): string {
  return `${route.provider}/${route.lane}/${route.app}`;
}

/** Of a route's id; null: no version of the relay with that provider wrote it. */
export function providerOf(id: string): ProviderName | null {
  const [provider] = id.split('/', 1);
  return isProviderName(provider) ? provider : null;
}

/** Null: it names no provider of this relay. */
export function readRouteId(id: string): Route | null {
  const [provider, ...rest] = id.split('/');
  const app = rest.pop();
  return isProviderName(provider) && app !== undefined && rest.length > 0
    ? { provider, lane: rest.join('/'), app }
    : null;
}
