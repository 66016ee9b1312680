import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../src/domain/clock';
import { silentLogger } from '../../../src/domain/logger';
import type { InboxEntry } from '../../../src/domain/inbox-entry';
import { openEmbeddedStore, type EmbeddedStore } from '../../../src/store/embedded/store';

export class TestClock implements Clock {
  nowMs = Date.UTC(2026, 0, 31, 12);
  now(): number {
    return this.nowMs;
  }
  monotonicMs(): number {
    return this.nowMs;
  }
}

/** A real store on an empty directory, until the end of the file's tests. */
export async function openTestStore() {
  const directory = await mkdtemp(join(tmpdir(), 'relay-api-'));
  const clock = new TestClock();
  const deadLetters = { maxAgeMs: 7 * 86_400_000, maxCount: 1000, maxBytes: 1 << 24 };
  const context = { clock, random: Math.random, logger: silentLogger };
  const store = await openEmbeddedStore({ directory, deadLetters, minFreeDiskShare: 0 }, context);
  open.push({ store, directory });
  const seen: InboxEntry[] = [];
  return {
    ...store,
    clock,
    /** What the inbox was given so far, in order within a lane. */
    entries: async (): Promise<readonly InboxEntry[]> => {
      seen.push(...(await store.inbox.claim({ direct: 100, bulk: 100 }, 0, new AbortController().signal)));
      return seen;
    },
    deviceCount: async (): Promise<number> => (await store.devices.scan(1000, null)).items.length,
  };
}

export type TestStore = Awaited<ReturnType<typeof openTestStore>>;

/** The port with some methods of a test's own. */
export function override<T extends object>(port: T, methods: Partial<T>): T {
  return new Proxy(port, {
    get: (target, name) => {
      const own: unknown = Reflect.get(methods, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const open: { readonly store: EmbeddedStore; readonly directory: string }[] = [];

afterAll(async () => {
  for (const { store, directory } of open.splice(0)) {
    await store.close();
    await rm(directory, { recursive: true });
  }
});
