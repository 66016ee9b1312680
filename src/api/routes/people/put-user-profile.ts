/*
 * Open this file first: it is a typical route of this folder. Each file is one route about users and channels: its path, who
 * may call it, its schemas, and what it does. `erase-user.ts` deletes everything that is known of a user.
 */

import { json } from '../../answer';
import { exampleUid } from '../../example';
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
    summary: "Set a user's display name",
    callers: ['server'],
    params: uidParams,
    body: profileInput,
    answers: { 200: { description: 'The name as it is now.', schema: profileSchema } },
    example: {
      params: exampleUid,
      body: { name: 'Alice', avatar_url: 'https://img.example.com/alice.png' },
      answer: { name: 'Alice', avatar_url: 'https://img.example.com/alice.png' },
    },
    handle: async ({ params, body }) => {
      const profile = { name: body.name, avatarUrl: body.avatar_url ?? null };
      await store.profiles.putUser(params.uid, profile);
      return json(200, toProfileObject(profile));
    },
  });
}
