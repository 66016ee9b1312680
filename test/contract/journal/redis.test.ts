import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { systemClock } from '../../../src/domain/clock';
import { silentLogger } from '../../../src/domain/logger';
import { openJournal, type Journal } from '../../../src/store/journal/journal';
import type { Store } from '../../../src/store/ports/store';
import { openRedisStore } from '../../../src/store/redis/store';
import { describeWithRedis, RedisServer, until } from '../../helpers/redis-server';
import { anEvent, claimAll } from '../store/builders';
import { bounds } from '../store/fixture';
import { Happenings, usualJournal } from './harness';

interface Relay {
  readonly store: Store;
  readonly journal: Journal;
  readonly happenings: Happenings;
}

/** Appends without a pause, a few at a time. */
class Load {
  readonly answered: string[] = [];
  refused = 0;
  #running = true;
  #next = 0;
  /** How many answers or refusals each worker has got. */
  readonly #rounds: number[];
  readonly #workers: Promise<void>[];

  constructor(store: Store, workers = 8) {
    this.#rounds = Array.from({ length: workers }, () => 0);
    this.#workers = this.#rounds.map((_, worker) => this.#work(store, worker));
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#workers);
  }

  /** Resolves when every worker has got an answer since the call to what it asked since the call. */
  async answersEverybody(): Promise<void> {
    const before = [...this.#rounds];
    while (this.#rounds.some((rounds, worker) => rounds < (before[worker] ?? 0) + 2))
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async #work(store: Store, worker: number): Promise<void> {
    while (this.#running) {
      const name = `m${this.#next++}`;
      try {
        await store.inbox.append(anEvent(name, { receivedAtMs: Date.now() }));
        this.answered.push(name);
      } catch {
        this.refused++;
      }
      this.#rounds[worker] = (this.#rounds[worker] ?? 0) + 1;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

describeWithRedis('the journal in front of Redis', () => {
  let server: RedisServer;
  let directory: string;
  let relay: Relay;

  const open = async (port = server.port): Promise<Relay> => {
    const happenings = new Happenings();
    const context = { clock: systemClock, random: Math.random, logger: silentLogger };
    const journal = await openJournal(
      { ...usualJournal, directory: join(directory, 'journal') },
      { ...context, events: happenings.events },
    );
    const redis = await openRedisStore(
      {
        topology: { kind: 'single', url: `redis://127.0.0.1:${port}` },
        prefix: 'j:',
        waitMs: 100,
        claimTimeMs: 30_000,
        deadLetters: bounds,
        openTimeoutMs: 500,
        onUnreplicated: (events) => journal.keepCopies(events),
      },
      context,
    );
    return { store: journal.wrap(redis), journal, happenings };
  };

  beforeEach(async () => {
    server = await RedisServer.start();
    directory = await mkdtemp(join(tmpdir(), 'wpr-journal-redis-'));
    relay = await open();
  });
  afterEach(async () => {
    server.thaw();
    await relay.store.close();
    await server.stop();
    await rm(directory, { recursive: true });
  });

  const bodiesInRedis = async (store: Store): Promise<string[]> => {
    const bodies: string[] = [];
    for (;;) {
      const entries = await claimAll(store);
      if (entries.length === 0) return bodies;
      bodies.push(...entries.map(({ bodyId }) => bodyId));
      await store.inbox.settle(entries.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })));
    }
  };

  const expectNothingLost = async (load: Load): Promise<void> => {
    expect(load.refused).toBe(0);
    const bodies = new Set(await bodiesInRedis(relay.store));
    expect(load.answered.filter((name) => !bodies.has(name))).toEqual([]);
  };

  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  it('takes events while Redis is frozen for seconds, and hands all of them on', async () => {
    const load = new Load(relay.store);
    await pause(300);
    server.freeze();
    await pause(4_000);
    expect((await relay.store.health()).map(({ severity }) => severity)).toEqual(['degraded']);
    // How quick it is the fault suite measures; here: nobody waits for Redis to come back.
    await load.answersEverybody();
    server.thaw();
    await relay.happenings.until('handedBack', 1);
    await pause(200);
    await load.stop();
    await expectNothingLost(load);
  });

  it('takes events while Redis is killed and started again', async () => {
    const load = new Load(relay.store);
    await pause(300);
    await server.kill();
    await pause(2_000);
    await server.restart();
    await relay.happenings.until('handedBack', 1);
    await pause(200);
    await load.stop();
    // What Redis had taken within its last second of life it may have lost (appendfsync everysec); the process was killed, not the machine.
    await expectNothingLost(load);
  });

  it('takes events while Redis is read-only', async () => {
    const admin = new Redis(server.url);
    const load = new Load(relay.store);
    await pause(300);
    await admin.replicaof('127.0.0.1', '1');
    await pause(2_500);
    await admin.replicaof('NO', 'ONE');
    await relay.happenings.until('handedBack', 1);
    await load.stop();
    await expectNothingLost(load);
    admin.disconnect();
  });

  it('hands on what an earlier run kept, when Redis comes later than the relay', async () => {
    await server.kill();
    const names = Array.from({ length: 50 }, (_, index) => `m${index}`);
    for (const name of names) await relay.store.inbox.append(anEvent(name, { receivedAtMs: Date.now() }));
    await relay.store.close();
    relay = await open();
    expect(relay.happenings.figures.depth()).toBe(50);
    await server.restart();
    await relay.happenings.until('handedBack', 1);
    expect(await bodiesInRedis(relay.store)).toEqual(names);
  });

  it('keeps copies while the replica is frozen, until it confirms', async () => {
    const replica = await RedisServer.start({ args: ['--replicaof', '127.0.0.1', String(server.port)] });
    try {
      await until(server, async (client) => /state=online/.test(await client.info('replication')));
      await pause(1_200);
      await relay.store.inbox.append(anEvent('confirmed', { receivedAtMs: Date.now() }));
      expect(relay.happenings.of('copied')).toBe(0);
      replica.freeze();
      await relay.store.inbox.append(anEvent('alone', { receivedAtMs: Date.now() }));
      expect([relay.happenings.of('copied'), relay.happenings.figures.copies()]).toEqual([1, 1]);
      replica.thaw();
      await relay.happenings.until('copiesLeft', 1);
      const bodies = await bodiesInRedis(relay.store);
      expect([...new Set(bodies)]).toEqual(['confirmed', 'alone']);
    } finally {
      replica.thaw();
      await replica.stop();
    }
  });
});
