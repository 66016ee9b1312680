import type { ProviderName, ApnsEnvironment } from './device';

/** Where a delivery goes: one credential's work. Pausing and concurrency are per route. */
export interface Route {
  readonly app: string;
  readonly provider: ProviderName;
  readonly environment: ApnsEnvironment;
}

export function routeId(route: Route): string {
  return `${route.provider}/${route.environment}/${route.app}`;
}
