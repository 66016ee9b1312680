import { noContent } from '../../answer';
import { exampleGroup } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { memberParams } from '../../schemas/identifiers';
import type { ApiServices } from '../../services';

export function deleteMember({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'deleteMember',
    method: 'delete',
    path: '/v1/channels/{channel_type}/{channel_id}/members/{uid}',
    tag: 'names',
    summary: "Remove a member's name in a channel",
    callers: ['server'],
    params: memberParams,
    answers: { 204: { description: 'Removed, even if there was none.', schema: null } },
    example: { params: { ...exampleGroup, uid: 'bob' } },
    handle: async ({ params: { channel_type: channelType, channel_id: channelId, uid } }) => {
      await store.givenNames.removeMember({ channelType, channelId, uid });
      return noContent;
    },
  });
}
