import { noContent } from '../../answer';
import { exampleGroup } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { memberParams } from '../../schemas/identifiers';
import { nameInput } from '../../schemas/people';
import type { ApiServices } from '../../services';

export function putMember({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'putMember',
    method: 'put',
    path: '/v1/channels/{channel_type}/{channel_id}/members/{uid}',
    tag: 'names',
    summary: "Set a member's name in a channel",
    callers: ['server'],
    params: memberParams,
    body: nameInput,
    answers: { 204: { description: 'The name is set.', schema: null } },
    example: { params: { ...exampleGroup, uid: 'bob' }, body: { name: 'Captain' } },
    handle: async ({ params: { channel_type: channelType, channel_id: channelId, uid }, body }) => {
      await store.givenNames.putMember({ channelType, channelId, uid }, body.name);
      return noContent;
    },
  });
}
