import { createHash } from 'node:crypto';
import { StoreUnavailableError } from '../store/ports/errors';
import type { SharedState } from '../store/ports/shared-state';
import { problem, type Problem } from './problem';

const idempotencyTtlMs = 24 * 3600 * 1000;

interface Remembered {
  readonly hash: string;
  readonly id: string;
  /** The work is durable: a repeat has nothing to do. */
  readonly done: boolean;
}

/**
 * Does `work(id)` for an Idempotency-Key, and answers the id that the key stands for.
 *
 * A key is free → taken (hash of the body, id) → done. It is taken before the work and done after it, so that a crash
 * between the two leaves it taken, and whoever repeats the request does the work again under the same id: the work has
 * to bear that. Two at once with one key do it twice under one id as well.
 */
export async function once(
  sharedState: SharedState,
  request: {
    readonly key: string;
    readonly body: string;
    readonly id: string;
    readonly keysPerHour: number;
  },
  work: (id: string) => Promise<void>,
): Promise<{ readonly kind: 'id'; readonly id: string } | Problem> {
  const key = `idempotency:${digest(request.key)}`;
  const taken: Remembered = { hash: digest(request.body), id: request.id, done: false };
  const known = await sharedState.get(key);
  if (known === null && !(await hasRoom(sharedState, request.keysPerHour))) {
    const headers = { 'retry-after': String(roomRetrySeconds) };
    const detail = `${String(request.keysPerHour)} new keys within an hour are the limit. Retry later, or push to several uids with one request.`;
    return problem('too_many_idempotency_keys', detail, { headers });
  }
  const standing =
    known ?? (await sharedState.setIfAbsent(key, JSON.stringify(taken), idempotencyTtlMs, 'grow'));
  const remembered = standing === null ? taken : (JSON.parse(standing) as Remembered);
  if (remembered.hash !== taken.hash) {
    return problem(
      'idempotency_key_reused',
      'This key was used for a request with another body within 24 hours.',
    );
  }
  if (!remembered.done) {
    await work(remembered.id);
    await markDone(sharedState, key, remembered);
  }
  return { kind: 'id', id: remembered.id };
}

/** Each key is kept for a day, so what they take is bounded by how many may come within a time. */
async function hasRoom(sharedState: SharedState, keysPerHour: number): Promise<boolean> {
  return (await sharedState.take('idempotency', 1, keysPerHour, hourMs)) > 0;
}

const hourMs = 3600 * 1000;
const roomRetrySeconds = 60;

/** Not to know that it is done costs a repeat some work; to answer 503 for work that is durable would be untrue. */
async function markDone(sharedState: SharedState, key: string, remembered: Remembered): Promise<void> {
  try {
    await sharedState.set(key, JSON.stringify({ ...remembered, done: true }), idempotencyTtlMs);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
