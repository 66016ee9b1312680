import { decodeBody, encodeBody, type WorkBody } from '../domain/body';
import type { Clock, Random } from '../domain/clock';
import type { DeadLetter } from '../domain/work';
import type { DeadLetters } from '../store/ports/dead-letters';
import type { Inbox } from '../store/ports/inbox';

export interface ReplayRequest {
  /** Null: every letter there is. */
  readonly ids: readonly string[] | null;
  /** Letters whose event was received longer ago stay where they are. */
  readonly maxMessageAgeMs: number;
}

export type ReplaySkip = 'not_found' | 'too_old' | 'truncated' | 'unreadable';

export interface ReplayReport {
  readonly replayed: number;
  readonly skipped: Readonly<Partial<Record<ReplaySkip, number>>>;
}

export interface ReplayContext {
  readonly deadLetters: DeadLetters;
  readonly inbox: Inbox;
  readonly clock: Clock;
  readonly random: Random;
  readonly directLaneMax: number;
  readonly entryMaxRecipients: number;
}

/**
 * Puts dead letters back into the inbox, with a new reception time; mutes, quiet hours and expiry are looked at again
 * on the way. A letter leaves only after its entry is durable: a crash in between replays it twice, never zero times.
 */
export async function replayDeadLetters(
  context: ReplayContext,
  request: ReplayRequest,
): Promise<ReplayReport> {
  const skipped: Partial<Record<ReplaySkip, number>> = {};
  let replayed = 0;
  for await (const letter of lettersOf(context.deadLetters, request.ids)) {
    const verdict = letter === null ? 'not_found' : await replayOne(context, letter, request.maxMessageAgeMs);
    if (verdict === 'replayed') replayed += 1;
    else skipped[verdict] = (skipped[verdict] ?? 0) + 1;
  }
  return { replayed, skipped };
}

async function* lettersOf(
  deadLetters: DeadLetters,
  ids: readonly string[] | null,
): AsyncGenerator<DeadLetter | null> {
  if (ids !== null) {
    for (const id of ids) yield await deadLetters.get(id);
    return;
  }
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<DeadLetters['list']>> = await deadLetters.list(replayPage, cursor);
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

async function replayOne(
  context: ReplayContext,
  letter: DeadLetter,
  maxMessageAgeMs: number,
): Promise<'replayed' | ReplaySkip> {
  const nowMs = context.clock.now();
  if (nowMs - letter.receivedAtMs > maxMessageAgeMs) return 'too_old';
  if (letter.bodyTruncated) return 'truncated';
  const body = readBody(letter);
  if (body === null) return 'unreadable';
  const only = letter.recipients.flatMap(({ uid, deviceId }) =>
    deviceId === null ? [] : [{ uid, deviceId }],
  );
  const wholeUsers = letter.recipients.some((recipient) => recipient.deviceId === null);
  const uids = [...new Set(letter.recipients.map((recipient) => recipient.uid))];
  await context.inbox.append({
    bodyId: `replay-${letter.id}-${Math.floor(context.random() * 0x100000000).toString(36)}`,
    lane: uids.length <= context.directLaneMax ? 'direct' : 'bulk',
    receivedAtMs: nowMs,
    body: encodeBody({ ...body, replay: { deadLetterId: letter.id, only: wholeUsers ? null : only } }),
    recipients: groupsOf(uids, context.entryMaxRecipients),
  });
  await context.deadLetters.remove([letter.id]);
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

function groupsOf(uids: readonly string[], size: number): string[][] {
  const groups: string[][] = [];
  for (let start = 0; start < uids.length; start += size) groups.push(uids.slice(start, start + size));
  return groups;
}

const replayPage = 100;
