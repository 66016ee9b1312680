import { json } from '../../answer';
import { exampleGroup } from '../../example';
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
    summary: "Set a channel's display name",
    callers: ['server'],
    params: channelParams,
    body: profileInput,
    answers: { 200: { description: 'The name as it is now.', schema: profileSchema } },
    example: { params: exampleGroup, body: { name: 'Team' }, answer: { name: 'Team', avatar_url: null } },
    handle: async ({ params, body }) => {
      const profile = { name: body.name, avatarUrl: body.avatar_url ?? null };
      await store.profiles.putChannel(params.channel_type, params.channel_id, profile);
      return json(200, toProfileObject(profile));
    },
  });
}
