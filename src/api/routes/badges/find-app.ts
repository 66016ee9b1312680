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
      ? 'The configuration has several apps and none of the name default: say which is meant.'
      : 'The configuration has no app of that name.',
    { errors: [{ path: 'app', message: 'must be a configured app' }] },
  );
}
