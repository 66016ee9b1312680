import { noContent } from '../../answer';
import { defineOperation, type Operation } from '../../operation';
import { profilesInput } from '../../schemas/people';
import type { ApiServices } from '../../services';

export function postProfiles({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'postProfiles',
    method: 'post',
    path: '/v1/profiles',
    tag: 'names',
    summary: 'Set the names of many users and channels',
    description:
      'Up to 1,000 users and channels together. Each replaces what was stored for it. If one is listed twice, its last name counts. ' +
      'A row that is wrong is an error with its path, and nothing is stored then.',
    callers: ['server'],
    body: profilesInput,
    // One for each row, as long as they are not all wrong in several ways.
    maxErrors: 1_000,
    answers: { 204: { description: 'All are set.', schema: null } },
    example: {
      body: {
        users: [{ uid: 'alice', name: 'Alice', avatar_url: 'https://img.example.com/alice.png' }],
        channels: [{ channel_type: 2, channel_id: 'team', name: 'Team' }],
      },
    },
    handle: async ({ body: { users, channels } }) => {
      await store.profiles.putMany(
        (users ?? []).map(({ uid, name, avatar_url: avatarUrl = null }) => ({
          uid,
          profile: { name, avatarUrl },
        })),
        (channels ?? []).map(
          ({ channel_type: channelType, channel_id: channelId, name, avatar_url: avatarUrl = null }) => ({
            channelType,
            channelId,
            profile: { name, avatarUrl },
          }),
        ),
      );
      return noContent;
    },
  });
}
