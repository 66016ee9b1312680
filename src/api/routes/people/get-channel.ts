import { json } from '../../answer';
import { exampleGroup } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { problem } from '../../problem';
import { toProfileObject } from '../../profile-object';
import { channelParams } from '../../schemas/identifiers';
import { profileSchema } from '../../schemas/people';
import type { ApiServices } from '../../services';

export function getChannel({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'getChannel',
    method: 'get',
    path: '/v1/channels/{channel_type}/{channel_id}',
    tag: 'names',
    summary: "Read a channel's name",
    callers: ['server'],
    params: channelParams,
    answers: { 200: { description: 'The name.', schema: profileSchema } },
    problems: ['profile_not_found'],
    example: { params: exampleGroup, answer: { name: 'Team', avatar_url: null } },
    handle: async ({ params }) => {
      const profile = await store.profiles.getChannel(params.channel_type, params.channel_id);
      if (profile === null) return problem('profile_not_found', 'No name is stored for this channel.');
      return json(200, toProfileObject(profile));
    },
  });
}
