import { noContent } from '../../answer';
import { exampleGroup, exampleUid } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { conversationParams } from '../../schemas/identifiers';
import type { ApiServices } from '../../services';

export function deleteMute({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'deleteMute',
    method: 'delete',
    path: '/v1/users/{uid}/mutes/{channel_type}/{channel_id}',
    tag: 'preferences',
    summary: 'Unmute a conversation for a user',
    callers: ['server', 'owner'],
    params: conversationParams,
    answers: { 204: { description: 'Not muted, even if it was not muted before.', schema: null } },
    example: { params: { ...exampleUid, ...exampleGroup } },
    handle: async ({ params }) => {
      const conversation = { channelType: params.channel_type, channelId: params.channel_id };
      await store.preferences.removeMute(params.uid, conversation);
      return noContent;
    },
  });
}
