import { json } from '../../answer';
import { exampleUid } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { findApp } from '../../request/find-app';
import { badgeQuery, badgeSchema } from '../../schemas/badge';
import { uidParams } from '../../schemas/identifiers';
import type { ApiServices } from '../../services';

export function getBadge({ store, configuredApps }: ApiServices): Operation {
  return defineOperation({
    id: 'getBadge',
    method: 'get',
    path: '/v1/users/{uid}/badge',
    tag: 'badges',
    summary: "Read a user's badge",
    callers: ['server', 'owner'],
    params: uidParams,
    query: badgeQuery,
    answers: { 200: { description: 'The badge.', schema: badgeSchema } },
    problems: ['app_not_configured'],
    example: { params: exampleUid, answer: { app: 'default', count: 3 } },
    handle: async ({ params: { uid }, query }) => {
      const found = findApp(query.app ?? null, configuredApps());
      if ('kind' in found) return found;
      const app = found.name;
      const [count = null] = await store.badges.getMany([{ uid, app }]);
      return json(200, { app, count });
    },
  });
}
