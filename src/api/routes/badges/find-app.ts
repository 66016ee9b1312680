import { problem, type Problem } from '../../problem';
import type { ConfiguredApp } from '../../services';

/** The name of the app whose badge is meant. */
export function findBadgeApp(wanted: string | null, apps: readonly ConfiguredApp[]): string | Problem {
  const name = wanted ?? (apps.length === 1 ? apps[0]?.name : 'default');
  const app = apps.find((each) => each.name === name);
  if (app !== undefined) return app.name;
  return problem(
    'app_not_configured',
    wanted === null
      ? 'Set app: several apps are configured, and none is named default.'
      : 'No app with this name is configured.',
    { errors: [{ path: 'app', message: 'must be a name from apps in the configuration of the relay' }] },
  );
}
