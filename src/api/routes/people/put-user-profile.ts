import { json } from '../../answer';
import { defineOperation, type Operation } from '../../operation';
import { toProfileObject } from '../../profile-object';
import { uidParams } from '../../schemas/identifiers';
import { profileInput, profileSchema } from '../../schemas/people';
import type { ApiServices } from '../../services';

export function putUserProfile({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'putUserProfile',
    method: 'put',
    path: '/v1/users/{uid}/profile',
    tag: 'names',
    summary: 'Say the name by which notifications call a user',
    callers: ['server'],
    params: uidParams,
    body: profileInput,
    answers: { 200: { description: 'The name as it is now.', schema: profileSchema } },
    problems: [],
    handle: async ({ params, body }) => {
      const profile = { name: body.name, avatarUrl: body.avatar_url ?? null };
      await store.profiles.putUser(params.uid, profile);
      return json(200, toProfileObject(profile));
    },
  });
}
