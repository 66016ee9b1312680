import type { Conversation } from '../../../domain/people';
import { noContent } from '../../answer';
import { exampleGroup, exampleUid } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { problem, type Problem } from '../../problem';
import { conversationParams } from '../../schemas/identifiers';
import { muteInput } from '../../schemas/preferences';
import type { ApiServices } from '../../services';

/** Somebody who has muted as many wants to mute everything. */
const mostMutes = 1_000;

export function putMute({ store, clock }: ApiServices): Operation {
  /** Those that are over make room. Two calls at a time may pass together: the limit bounds, and counts nothing. */
  const refusalWhereFull = async (uid: string, muted: Conversation): Promise<Problem | null> => {
    const mutes = await store.preferences.listMutes(uid);
    const isKnown = mutes.some((mute) => isSame(mute, muted));
    if (isKnown || mutes.length < mostMutes) return null;
    const nowMs = clock.now();
    const over = mutes.filter(({ untilMs }) => untilMs !== null && untilMs <= nowMs);
    await Promise.all(over.map((mute) => store.preferences.removeMute(uid, mute)));
    if (mutes.length - over.length < mostMutes) return null;
    return problem(
      'too_many_mutes',
      `The user has muted ${mostMutes} conversations, which is the limit. Remove a mute first.`,
    );
  };
  return defineOperation({
    id: 'putMute',
    method: 'put',
    path: '/v1/users/{uid}/mutes/{channel_type}/{channel_id}',
    tag: 'preferences',
    summary: 'Mute a conversation for a user',
    description:
      'For a person (`channel_type` 1) the channel id is the uid of the other user. Calls still ring.',
    callers: ['server', 'owner'],
    params: conversationParams,
    body: muteInput,
    answers: { 204: { description: 'Muted.', schema: null } },
    problems: ['too_many_mutes'],
    example: {
      params: { ...exampleUid, ...exampleGroup },
      body: { until: '2100-01-01T00:00:00Z', allow_mentions: true },
    },
    handle: async ({ params, body }) => {
      const conversation = { channelType: params.channel_type, channelId: params.channel_id };
      const full = await refusalWhereFull(params.uid, conversation);
      if (full !== null) return full;
      await store.preferences.putMute(params.uid, {
        ...conversation,
        untilMs: body.until ?? null,
        allowMentions: body.allow_mentions ?? false,
      });
      return noContent;
    },
  });
}

function isSame(one: Conversation, other: Conversation): boolean {
  return one.channelType === other.channelType && one.channelId === other.channelId;
}
