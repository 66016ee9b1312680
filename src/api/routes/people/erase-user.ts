import { noContent } from '../../answer';
import { exampleUid } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { uidParams } from '../../schemas/identifiers';
import { isAboutUser } from '../../named-uid';
import type { ApiServices } from '../../services';
import { nextTurn } from '../../../runtime/slice';

export function eraseUser({ store, traces, forgetUser, events }: ApiServices): Operation {
  return defineOperation({
    id: 'eraseUser',
    method: 'delete',
    path: '/v1/users/{uid}',
    tag: 'users',
    summary: 'Erase all data of a user',
    description:
      'Devices, waiting and parked deliveries, presence, name, names in channels, aliases given and received, preferences, mutes, ' +
      'badges, duplicate marks, traces, and dead letters ' +
      'for the user or about the user. docs/durability.md lists what remains, and for how long.',
    callers: ['server'],
    params: uidParams,
    answers: { 204: { description: 'Erased, even if there was no data.', schema: null } },
    example: { params: exampleUid },
    handle: async ({ params: { uid }, requestId }) => {
      // Devices first: from then on nothing is sent to the user, whatever fails after it.
      await store.devices.removeUser(uid);
      await store.retries.eraseUser(uid);
      await store.presence.eraseUser(uid);
      await store.profiles.eraseUser(uid);
      await store.givenNames.eraseUser(uid);
      await store.preferences.eraseUser(uid);
      await store.badges.eraseUser(uid);
      await store.duplicateMarks.eraseUser(uid);
      await store.deadLetters.eraseUser(uid);
      await eraseLettersAbout(store.deadLetters, uid);
      await traces.eraseUser(uid);
      await forgetUser(uid);
      events.userErased({ requestId });
      return noContent;
    },
  });
}

/** Few at a time: each is searched through, and others want to run in between. */
const lettersAtOnce = 10;

/** The index of dead letters knows recipients only; a body that was never understood has none. */
async function eraseLettersAbout(
  deadLetters: ApiServices['store']['deadLetters'],
  uid: string,
): Promise<void> {
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof deadLetters.list>> = await deadLetters.list(lettersAtOnce, cursor);
    const about = page.items.filter((letter) => isAboutUser(letter, uid)).map(({ id }) => id);
    if (about.length > 0) await deadLetters.remove(about);
    await nextTurn();
    cursor = page.nextCursor;
  } while (cursor !== null);
}
