import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replayDeadLetters } from '../../../src/delivery/upkeep/dead-letter-replay';
import type { ReplayReport } from '../../../src/domain/dead-letter';
import { encodeBody } from '../../../src/domain/body';
import { systemClock } from '../../../src/domain/clock';
import { silentLogger } from '../../../src/domain/logger';
import { openEmbeddedStore } from '../../../src/store/embedded/store';
import type { Store } from '../../../src/store/ports/store';
import { describeWithRedis, RedisServer } from '../../helpers/redis-server';
import { aLetter } from './builders';
import { bounds } from './fixture';
import { openedStore, closeOpened } from './redis-opened';

const replayable = encodeBody({
  kind: 'push',
  push: {
    id: 'p',
    app: null,
    title: 't',
    body: 'b',
    data: {},
    imageUrl: null,
    sound: null,
    collapseId: null,
    ttlSeconds: null,
    priority: 'high',
    silent: false,
  },
});
const letters = 1_250;
const tooOld = 40;

/** Counts the rounds of durable writes: what is begun in one turn of the loop shares one. */
function watched({ inbox, deadLetters }: Store): {
  readonly inbox: Pick<Store['inbox'], 'append'>;
  readonly deadLetters: Pick<Store['deadLetters'], 'list' | 'get' | 'count' | 'remove'>;
  readonly rounds: () => number;
} {
  let rounds = 0;
  let isCounted = false;
  const counted = <T>(work: Promise<T>): Promise<T> => {
    if (isCounted) return work;
    rounds += 1;
    isCounted = true;
    setImmediate(() => (isCounted = false));
    return work;
  };
  return {
    rounds: () => rounds,
    inbox: { append: (event) => counted(inbox.append(event)) },
    deadLetters: {
      list: (limit, cursor) => deadLetters.list(limit, cursor),
      get: (id) => deadLetters.get(id),
      count: () => deadLetters.count(),
      remove: (ids) => counted(deadLetters.remove(ids)),
    },
  };
}

async function replayEverything(store: Store): Promise<void> {
  const { inbox, deadLetters, rounds } = watched(store);
  for (let start = 0; start < letters; start += 250)
    await store.deadLetters.add(
      Array.from({ length: 250 }, (_, index) => {
        const number = start + index;
        const age = number < tooOld ? 7_200_000 : 1_000;
        return aLetter(number, {
          source: 'delivery',
          body: replayable,
          bodyTruncated: false,
          atMs: systemClock.now(),
          receivedAtMs: systemClock.now() - age,
        });
      }),
    );
  const reports: ReplayReport[] = [];
  let cursor: string | null = null;
  do {
    const report: ReplayReport = await replayDeadLetters(
      {
        deadLetters,
        inbox,
        clock: systemClock,
        random: Math.random,
        directLaneMax: 20,
        forwardAgain: () => Promise.resolve(false),
      },
      { ids: null, cursor, maxMessageAgeMs: 3_600_000 },
    );
    reports.push(report);
    cursor = report.nextCursor;
  } while (cursor !== null);
  expect(reports).toMatchObject([
    { replayed: 1_000, skipped: {}, remaining: letters - 1_000 },
    { replayed: 250 - tooOld, skipped: { too_old: tooOld }, remaining: tooOld },
  ]);
  expect((await store.inbox.stats()).depth.direct).toBe(letters - tooOld);
  // Two for each hundred.
  expect(rounds()).toBeLessThanOrEqual(2 * Math.ceil(letters / 100));
}

const manyLetters = { maxAgeMs: bounds.maxAgeMs, maxCount: 100_000, maxBytes: 256 * 1024 ** 2 };

describe('replaying all dead letters of an embedded store', () => {
  it('works in pieces, each in few durable writes', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'wpr-replay-'));
    const store = await openEmbeddedStore(
      { directory, deadLetters: manyLetters, minFreeDiskShare: 0 },
      { clock: systemClock, random: Math.random, logger: silentLogger },
    );
    await replayEverything(store);
    await store.close();
    await rm(directory, { recursive: true });
  });
});

describeWithRedis('replaying all dead letters of Redis', () => {
  it('works in pieces, each in few durable writes', async () => {
    const server = await RedisServer.start();
    try {
      const topology = { kind: 'single', url: server.url } as const;
      const options = { deadLetters: manyLetters, intakeDeadlineMs: 10_000 };
      await replayEverything(await openedStore(topology, options));
    } finally {
      await closeOpened();
      await server.stop();
    }
  });
});
