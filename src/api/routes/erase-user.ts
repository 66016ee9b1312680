import { noContent } from '../answer';
import { defineOperation, type Operation } from '../operation';
import { uidParams } from '../schemas/identifiers';
import type { ApiServices } from '../services';

export function eraseUser({ store, events }: ApiServices): Operation {
  return defineOperation({
    id: 'eraseUser',
    method: 'delete',
    path: '/v1/users/{uid}',
    tag: 'users',
    summary: 'Erase all that is known of a user',
    description: 'Devices, presence, name, preferences, mutes, badges, duplicate marks and dead letters.',
    callers: ['server'],
    params: uidParams,
    answers: { 204: { description: 'Erased, also when nothing was known.', schema: null } },
    problems: [],
    handle: async ({ params: { uid }, requestId }) => {
      // Devices first: from then on nothing is sent to the user, whatever fails after it.
      await store.devices.removeUser(uid);
      await store.presence.eraseUser(uid);
      await store.profiles.eraseUser(uid);
      await store.preferences.eraseUser(uid);
      await store.badges.eraseUser(uid);
      await store.duplicateMarks.eraseUser(uid);
      await store.deadLetters.eraseUser(uid);
      events.userErased({ requestId });
      return noContent;
    },
  });
}
