import { json } from '../../answer';
import { defineOperation, type Operation } from '../../operation';
import { toProfileObject } from '../../profile-object';
import { channelParams } from '../../schemas/identifiers';
import { profileInput, profileSchema } from '../../schemas/people';
import type { ApiServices } from '../../services';

export function putChannel({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'putChannel',
    method: 'put',
    path: '/v1/channels/{channel_type}/{channel_id}',
    tag: 'names',
    summary: 'Say the name by which notifications call a channel',
    callers: ['server'],
    params: channelParams,
    body: profileInput,
    answers: { 200: { description: 'The name as it is now.', schema: profileSchema } },
    problems: [],
    handle: async ({ params, body }) => {
      const profile = { name: body.name, avatarUrl: body.avatar_url ?? null };
      await store.profiles.putChannel(params.channel_type, params.channel_id, profile);
      return json(200, toProfileObject(profile));
    },
  });
}
