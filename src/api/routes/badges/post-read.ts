/*
 * Open this file first: it is the route by which the app tells that a conversation was read. `put-badge.ts` and `get-badge.ts`
 * set and read the number itself, of the app that `../../request/find-app.ts` finds.
 */

import { encodeBody } from '../../../domain/body';
import { createIds } from '../../../shared/ids';
import { noContent } from '../../answer';
import { exampleGroup, exampleUid } from '../../example';
import { readPush } from '../../direct-push';
import { defineOperation, type Operation } from '../../operation';
import { readKey, type ReadMark } from '../../../shared/told-keys';
import { readInput } from '../../schemas/badge';
import { uidParams } from '../../schemas/identifiers';
import type { ApiServices } from '../../services';
import { StoreUnavailableError } from '../../../store/ports/errors';

export interface ReadOptions {
  /** The relay counts what is unread. */
  readonly lowersBadge: boolean;
  /** Phones are told to remove what was read. */
  readonly clearsPhones: boolean;
  /** How long a push that only tells the app something may wait for its phone. */
  readonly syncTtlSeconds: number;
  /** How long a push of a message may wait here. */
  readonly maxAgeMs: number;
}

export function postRead(options: ReadOptions, services: ApiServices): Operation {
  const { store, clock, random, configuredApps } = services;
  const makeId = createIds(clock, random);
  return defineOperation({
    id: 'postRead',
    method: 'post',
    path: '/v1/users/{uid}/read',
    tag: 'badges',
    summary: 'Mark a conversation as read',
    description:
      'The relay drops waiting pushes of these messages. Lowers the badge by what was counted of the conversation up to the sequence, in all apps, with `badge.mode: count`. With ' +
      "`content.clear_on_read` the user's phones get a silent push that names conversation and sequence, so that the app " +
      'removes what it shows of them.',
    callers: ['server', 'owner'],
    params: uidParams,
    body: readInput,
    answers: { 204: { description: 'Recorded, even if nothing was counted.', schema: null } },
    example: { params: exampleUid, body: { ...exampleGroup, up_to_seq: 118 } },
    handle: async ({ params: { uid }, body }) => {
      const conversation = { channelType: body.channel_type, channelId: body.channel_id };
      const upToSeq = body.up_to_seq ?? null;
      const apps = configuredApps().map(({ name }) => name);
      await markRead(services, readKey(uid, conversation), upToSeq, options.maxAgeMs);
      // The badge first: the push shows the number as it is when it is sent.
      if (options.lowersBadge) await store.badges.read(uid, apps, conversation, upToSeq, clock.now());
      if (options.clearsPhones) {
        const id = makeId();
        const push = readPush(id, { ...conversation, upToSeq }, options.syncTtlSeconds);
        await store.inbox.append({
          bodyId: id,
          lane: 'direct',
          receivedAtMs: clock.now(),
          body: encodeBody({ kind: 'push', push }),
          recipients: [[uid]],
        });
      }
      return noContent;
    },
  });
}

/**
 * Beside what is marked already: a report that comes late takes back none that overtook it. Where the store cannot answer now, or has no
 * room, phones are still told.
 */
async function markRead(
  { store, clock }: ApiServices,
  key: string,
  upToSeq: number | null,
  ttlMs: number,
): Promise<void> {
  try {
    const stored = await store.sharedState.get(key);
    const known = stored === null ? { upToSeq: 0, allAtMs: 0 } : (JSON.parse(stored) as ReadMark);
    const mark: ReadMark =
      upToSeq === null
        ? { ...known, allAtMs: clock.now() }
        : { ...known, upToSeq: Math.max(known.upToSeq, upToSeq) };
    await store.sharedState.set(key, JSON.stringify(mark), ttlMs, 'grow');
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
  }
}
