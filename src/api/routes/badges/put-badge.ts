import { json } from '../../answer';
import { exampleUid } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { findApp } from '../../request/find-app';
import { badgeInput, badgeSchema } from '../../schemas/badge';
import { uidParams } from '../../schemas/identifiers';
import type { ApiServices } from '../../services';

export function putBadge({ store, configuredApps }: ApiServices): Operation {
  return defineOperation({
    id: 'putBadge',
    method: 'put',
    path: '/v1/users/{uid}/badge',
    tag: 'badges',
    summary: "Set a user's badge",
    description:
      'Later pushes show it: as it is with `badge.mode: given`, and counted on from it with `count`. Nothing is pushed. ' +
      'With `badge.mode: off`, the relay stores the badge and does not show it.',
    callers: ['server', 'owner'],
    params: uidParams,
    body: badgeInput,
    answers: { 200: { description: 'The badge as it is now.', schema: badgeSchema } },
    problems: ['app_not_configured'],
    example: { params: exampleUid, body: { count: 3 }, answer: { app: 'default', count: 3 } },
    handle: async ({ params: { uid }, body: { count, app: wanted } }) => {
      const found = findApp(wanted ?? null, configuredApps());
      if ('kind' in found) return found;
      const app = found.name;
      await store.badges.set(uid, app, count);
      return json(200, { app, count });
    },
  });
}
