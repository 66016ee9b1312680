import { decodeBody, encodeBody, type WorkBody } from '../../domain/body';
import type { Clock, Random } from '../../domain/clock';
import type { DeadLetter } from '../../domain/dead-letter';
import type { ReplayReport, ReplayRequest, ReplaySkip } from '../../domain/dead-letter';
import { inEntries } from '../../domain/inbox-entry';
import { laneFor } from '../../domain/lane';
import type { DeadLetters, Page } from '../../store/ports/dead-letters';
import type { Inbox } from '../../store/ports/inbox';

export interface ReplayContext {
  readonly deadLetters: Pick<DeadLetters, 'list' | 'get' | 'count' | 'remove'>;
  readonly inbox: Pick<Inbox, 'append'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly directLaneMax: number;
  readonly forwardAgain: ForwardAgain;
}

/** Puts a forwarded webhook back to where it waits for its receiver. False: the receiver is not configured any more. */
export type ForwardAgain = (letter: DeadLetter, receivedAtMs: number) => Promise<boolean>;

/**
 * Puts dead letters back into the inbox, with a new reception time; mutes, quiet hours and expiry are looked at again
 * on the way. A letter leaves only after its entry is durable: a crash in between replays it twice, never zero times.
 * Of all letters it takes a piece, so that a request ends in time; a page of them shares its durable writes.
 * Rejects with StoreUnavailableError: what was replayed until then has left.
 */
export async function replayDeadLetters(
  context: ReplayContext,
  { ids, cursor, maxMessageAgeMs }: ReplayRequest,
): Promise<ReplayReport> {
  const skipped: Partial<Record<ReplaySkip, number>> = {};
  let replayed = 0;
  const replay = async (letters: readonly (DeadLetter | null)[]): Promise<void> => {
    for (const verdict of await replayPage(context, letters, maxMessageAgeMs))
      if (verdict === 'replayed') replayed += 1;
      else skipped[verdict] = (skipped[verdict] ?? 0) + 1;
  };
  let nextCursor: string | null = null;
  if (ids !== null) {
    for (let start = 0; start < ids.length; start += pageLetters)
      await replay(await named(context, ids.slice(start, start + pageLetters)));
  } else {
    nextCursor = cursor;
    for (let looked = 0; looked < pieceLetters; looked += pageLetters) {
      const page: Page<DeadLetter> = await context.deadLetters.list(pageLetters, nextCursor);
      await replay(page.items);
      nextCursor = page.nextCursor;
      if (nextCursor === null) break;
    }
  }
  return { replayed, skipped, remaining: await context.deadLetters.count(), nextCursor };
}

/** Letters of one request for all, and of them those that are written together: 64 KiB each at most. */
const pieceLetters = 1_000;
const pageLetters = 100;

function named({ deadLetters }: ReplayContext, ids: readonly string[]): Promise<(DeadLetter | null)[]> {
  return Promise.all(ids.map((id) => deadLetters.get(id)));
}

async function replayPage(
  context: ReplayContext,
  letters: readonly (DeadLetter | null)[],
  maxMessageAgeMs: number,
): Promise<('replayed' | ReplaySkip)[]> {
  const settled = await Promise.allSettled(
    letters.map((letter) => appendAgain(context, letter, maxMessageAgeMs)),
  );
  const gone = letters.filter((_, index) => {
    const result = settled[index];
    return result?.status === 'fulfilled' && result.value === 'replayed';
  });
  if (gone.length > 0) await context.deadLetters.remove(gone.flatMap((letter) => letter?.id ?? []));
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

async function appendAgain(
  context: ReplayContext,
  letter: DeadLetter | null,
  maxMessageAgeMs: number,
): Promise<'replayed' | ReplaySkip> {
  if (letter === null) return 'not_found';
  const nowMs = context.clock.now();
  if (nowMs - letter.receivedAtMs > maxMessageAgeMs) return 'too_old';
  if (letter.bodyTruncated) return 'truncated';
  if (letter.source === 'forward')
    return (await context.forwardAgain(letter, nowMs)) ? 'replayed' : 'unreadable';
  const body = readBody(letter);
  if (body === null) return 'unreadable';
  const only = letter.recipients.flatMap(({ uid, deviceId }) =>
    deviceId === null ? [] : [{ uid, deviceId }],
  );
  const wholeUsers = letter.recipients.some((recipient) => recipient.deviceId === null);
  const uids = [...new Set(letter.recipients.map((recipient) => recipient.uid))];
  await context.inbox.append({
    bodyId: `replay-${letter.id}-${Math.floor(context.random() * 0x100000000).toString(36)}`,
    lane: laneFor(uids.length, context.directLaneMax),
    receivedAtMs: nowMs,
    body: encodeBody({ ...body, replay: { deadLetterId: letter.id, only: wholeUsers ? null : only } }),
    recipients: inEntries(uids),
  });
  return 'replayed';
}

/** A webhook body was never understood, so there is nothing to send. */
function readBody(letter: DeadLetter): WorkBody | null {
  if (letter.source === 'webhook') return null;
  try {
    return decodeBody(letter.body);
  } catch {
    return null;
  }
}
