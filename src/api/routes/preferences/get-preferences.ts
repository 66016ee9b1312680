import { json } from '../../answer';
import { examplePreferences, exampleUid } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { uidParams } from '../../schemas/identifiers';
import { noPreferences, preferencesSchema, toPreferencesObject } from '../../schemas/preferences';
import type { ApiServices } from '../../services';

export function getPreferences({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'getPreferences',
    method: 'get',
    path: '/v1/users/{uid}/preferences',
    tag: 'preferences',
    summary: "Read a user's preferences",
    callers: ['server', 'owner'],
    params: uidParams,
    answers: { 200: { description: 'Null: not set.', schema: preferencesSchema } },
    example: { params: exampleUid, answer: examplePreferences },
    handle: async ({ params }) => {
      const preferences = (await store.preferences.get(params.uid)) ?? noPreferences;
      return json(200, toPreferencesObject(preferences));
    },
  });
}
