import { problem, type Problem } from '../problem';
import type { ConfiguredApp } from '../services';

/** The app that a caller means. Null: the only one, or the one named default. */
export function findApp(name: string | null, apps: readonly ConfiguredApp[]): ConfiguredApp | Problem {
  const only = name === null && apps.length === 1 ? apps[0] : undefined;
  const app = only ?? apps.find((candidate) => candidate.name === (name ?? 'default'));
  if (app !== undefined) return app;
  const detail =
    name === null
      ? 'Set app: several apps are configured, and none is named default.'
      : 'No app with this name is configured.';
  return problem('app_not_configured', detail, {
    errors: [{ path: 'app', message: 'must be a name from apps in the configuration of the relay' }],
  });
}
