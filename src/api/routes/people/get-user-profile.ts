import { json } from '../../answer';
import { exampleUid } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { problem } from '../../problem';
import { toProfileObject } from '../../profile-object';
import { uidParams } from '../../schemas/identifiers';
import { profileSchema } from '../../schemas/people';
import type { ApiServices } from '../../services';

export function getUserProfile({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'getUserProfile',
    method: 'get',
    path: '/v1/users/{uid}/profile',
    tag: 'names',
    summary: "Read a user's name",
    callers: ['server'],
    params: uidParams,
    answers: { 200: { description: 'The name.', schema: profileSchema } },
    problems: ['profile_not_found'],
    example: {
      params: exampleUid,
      answer: { name: 'Alice', avatar_url: 'https://img.example.com/alice.png' },
    },
    handle: async ({ params }) => {
      const [profile] = await store.profiles.getUsers([params.uid]);
      if (profile === undefined || profile === null) {
        return problem('profile_not_found', 'No name is stored for this user.');
      }
      return json(200, toProfileObject(profile));
    },
  });
}
