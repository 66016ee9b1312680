import { rm } from 'node:fs/promises';
import { systemClock } from '../../src/domain/clock';
import type { Device } from '../../src/domain/device';
import type { Mute, Preferences } from '../../src/domain/people';
import { silentLogger } from '../../src/domain/logger';
import { openEmbeddedStore } from '../../src/store/embedded/store';
import type { Store } from '../../src/store/ports/store';
import { openRedisStore } from '../../src/store/redis/store';
import { RedisServer } from '../../test/helpers/redis-server';
import { temporaryDirectory } from '../../test/helpers/relay-process';

/** redis: appendfsync everysec; redis-always: each write is on the disk before it is answered. */
export type StoreKind = 'embedded' | 'redis' | 'redis-always';

const atOnce = 2_000;
const deadLetters = { maxAgeMs: 60_000, maxCount: 1_000, maxBytes: 1_000_000 };

/** An empty store for one relay; a Redis store has a server of its own. */
export class BenchStore {
  readonly #server: RedisServer | null;

  private constructor(
    readonly kind: StoreKind,
    readonly dataDir: string,
    server: RedisServer | null,
  ) {
    this.#server = server;
  }

  static async create(kind: StoreKind): Promise<BenchStore> {
    const dataDir = await temporaryDirectory();
    if (kind === 'embedded') return new BenchStore(kind, dataDir, null);
    const fsync = kind === 'redis-always' ? 'always' : 'everysec';
    return new BenchStore(kind, dataDir, await RedisServer.start({ args: ['--appendfsync', fsync] }));
  }

  /** For the relay. */
  get env(): Readonly<Record<string, string>> {
    return this.#server === null ? {} : { REDIS_URL: this.#server.url };
  }

  /** Before the relay opens it, because as many calls of the REST API would take minutes. */
  register(devices: Iterable<Device>): Promise<void> {
    return this.#fill(devices, (store, device) => store.devices.register(device, 20));
  }

  /** What the user of each of these devices has set; before the relay opens it. */
  prefer(devices: Iterable<Device>, preferences: Preferences, mute: Mute): Promise<void> {
    return this.#fill(devices, ({ preferences: people }, { uid }) =>
      Promise.all([people.put(uid, preferences), people.putMute(uid, mute)]),
    );
  }

  async #fill(
    devices: Iterable<Device>,
    write: (store: Store, device: Device) => Promise<unknown>,
  ): Promise<void> {
    const store = await this.#open();
    try {
      let batch: Promise<unknown>[] = [];
      for (const device of devices) {
        batch.push(write(store, device));
        if (batch.length < atOnce) continue;
        await Promise.all(batch);
        batch = [];
      }
      await Promise.all(batch);
    } finally {
      await store.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  #open(): Promise<Store> {
    const context = { clock: systemClock, random: Math.random, logger: silentLogger };
    if (this.#server === null)
      return openEmbeddedStore({ directory: this.dataDir, deadLetters, minFreeDiskShare: 0 }, context);
    return openRedisStore(
      {
        topology: { kind: 'single', url: this.#server.url },
        prefix: 'wpr:',
        waitMs: 0,
        claimTimeMs: 30_000,
        deadLetters,
        intakeDeadlineMs: 10_000,
      },
      context,
    );
  }
}
