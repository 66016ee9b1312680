import type { Redis } from 'ioredis';

/** What TangSengDaoDao stores of a user's device; null: the row does not have it. */
export interface TangsengdaodaoRow {
  readonly uid: string;
  readonly type: string | null;
  readonly token: string | null;
  readonly bundleId: string | null;
  /** Redis refused to read it: another type of value is there. */
  readonly isUnreadable: boolean;
}

/** The Redis of TangSengDaoDao does not answer, or refuses to. */
export class RowsUnavailableError extends Error {
  override readonly name = 'RowsUnavailableError';
}

const prefix = 'userDeviceToken:';
const pageKeys = '500';

/** Rejects with RowsUnavailableError. */
export function connectToRows(redis: Redis): Promise<void> {
  return answerOf(redis.connect());
}

/** How many rows there are, or a few more: a scan may show one twice. */
export async function countRows(redis: Redis, stopSignal: AbortSignal): Promise<number> {
  let count = 0;
  for await (const keys of keyPages(redis)) {
    count += keys.length;
    if (stopSignal.aborted) break;
  }
  return count;
}

/** All rows, in pages, in no order. Only reads, and never holds the server up as KEYS would. Rejects with RowsUnavailableError. */
export async function* rowPages(redis: Redis): AsyncGenerator<readonly TangsengdaodaoRow[], void, undefined> {
  for await (const keys of keyPages(redis)) {
    const pipeline = redis.pipeline();
    for (const key of keys) pipeline.hmget(key, 'device_type', 'device_token', 'bundle_id');
    const answers = (await answerOf(pipeline.exec())) ?? [];
    yield keys.map((key, index) => toRow(key.slice(prefix.length), answers[index] ?? null));
  }
}

async function* keyPages(redis: Redis): AsyncGenerator<readonly string[], void, undefined> {
  let cursor = '0';
  do {
    const [next, keys] = await answerOf(redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', pageKeys));
    cursor = next;
    if (keys.length > 0) yield keys;
  } while (cursor !== '0');
}

function toRow(uid: string, answer: [error: Error | null, values: unknown] | null): TangsengdaodaoRow {
  const [error, values] = answer ?? [null, null];
  const isUnreadable = error?.message.startsWith('WRONGTYPE') === true;
  if (error !== null && !isUnreadable) throw new RowsUnavailableError(error.message);
  const [type = null, token = null, bundleId = null] = (values ?? []) as (string | null)[];
  return { uid, type, token, bundleId, isUnreadable };
}

async function answerOf<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw new RowsUnavailableError(error instanceof Error ? error.message : String(error));
  }
}
