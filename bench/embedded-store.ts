/**
 * What the embedded store costs: `node -r ./test/helpers/typescript.cjs bench/embedded-store.ts [directory]`.
 * Prints CPU (user + system, all threads) and time on the event loop a unit, and the longest stall of the loop.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../src/domain/clock';
import { silentLogger } from '../src/domain/logger';
import type { InboxEntry } from '../src/domain/inbox-entry';
import { openEmbeddedStore, type EmbeddedStore } from '../src/store/embedded/store';
import { aDevice, aPending, anEvent, never, route } from '../test/contract/store/builders';
import { bounds } from '../test/contract/store/fixture';

const body = Buffer.alloc(400, 97);

async function measure(label: string, units: number, work: () => Promise<void>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const loop = performance.eventLoopUtilization();
  const startedAt = performance.now();
  await work();
  const tookMs = performance.now() - startedAt;
  const used = process.cpuUsage(cpu);
  delay.disable();
  const rate = Math.round((units / tookMs) * 1_000);
  const cpuMicros = ((used.user + used.system) / units).toFixed(2);
  const loopMicros = ((performance.eventLoopUtilization(loop).active * 1_000) / units).toFixed(2);
  console.log(
    `${label.padEnd(52)} ${String(rate).padStart(9)}/s  cpu ${cpuMicros.padStart(7)} µs  loop ${loopMicros.padStart(7)} µs  stall ${(delay.max / 1e6).toFixed(1).padStart(5)} ms`,
  );
}

async function concurrently(
  workers: number,
  units: number,
  one: (number: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: workers }, async () => {
      while (next < units) await one(next++);
    }),
  );
}

function settleAll(store: EmbeddedStore, entries: readonly InboxEntry[]): Promise<void> {
  return store.inbox.settle(entries.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })));
}

async function benchInbox(store: EmbeddedStore): Promise<void> {
  const append = (number: number): Promise<void> =>
    store.inbox.append(anEvent(`m${number}`, { body, recipients: [[`user${number}`]] }));
  await measure('append, one at a time', 500, () => concurrently(1, 500, append));
  for (const workers of [16, 64, 256, 1_024]) {
    await measure(`append, ${workers} at once`, 50_000, () => concurrently(workers, 50_000, append));
  }
  for (;;) {
    const entries = await store.inbox.claim({ direct: 500, bulk: 0 }, 0, never);
    if (entries.length === 0) break;
    await settleAll(store, entries);
  }
  for (const workers of [64, 256, 1_024]) {
    const units = 100_000;
    let settled = 0;
    const consume = async (): Promise<void> => {
      while (settled < units) {
        const entries = await store.inbox.claim({ direct: 64, bulk: 16 }, 20, never);
        settled += entries.length;
        await settleAll(store, entries);
      }
    };
    await measure(`append, claim, settle, ${workers} at once`, units, async () => {
      await Promise.all([concurrently(workers, units, append), ...Array.from({ length: 4 }, consume)]);
    });
  }
}

async function benchGroups(store: EmbeddedStore): Promise<void> {
  const uids = Array.from({ length: 100_000 }, (_, number) => `member-number-${number}`);
  const recipients = Array.from({ length: 200 }, (_, group) => uids.slice(group * 500, group * 500 + 500));
  await measure('append a group of 100,000, a recipient', 100_000, () =>
    store.inbox.append(anEvent('group', { lane: 'bulk', body, recipients })),
  );
  let entries: InboxEntry[] = [];
  await measure('claim 64 entries of 500, a recipient', 32_000, async () => {
    entries = await store.inbox.claim({ direct: 0, bulk: 64 }, 0, never);
  });
  const settlements = entries.map((entry) => ({
    id: entry.id,
    bodyId: entry.bodyId,
    pending: entry.recipients.map((uid) =>
      aPending(`5e0d2f10-0000-5000-8000-${uid}`, { bodyId: 'group', uid, dueAtMs: 1 }),
    ),
  }));
  await measure('settle them with 500 retries each, a retry', 32_000, () => store.inbox.settle(settlements));
  await measure('claim and settle the retries, a retry', 32_000, async () => {
    for (;;) {
      const claimed = await store.retries.claimDue(route, 1_000);
      if (claimed.length === 0) return;
      await store.retries.settle(claimed.map(({ pending }) => ({ pending, next: null })));
    }
  });
}

async function benchRest(store: EmbeddedStore): Promise<void> {
  await measure('duplicate marks, 64 at once', 50_000, () =>
    concurrently(64, 50_000, (number) =>
      store.duplicateMarks.claim(
        [{ uid: `user${number}`, key: `${'a'.repeat(22)}${number}` }],
        `d${number}`,
        3_600_000,
      ),
    ),
  );
  await measure('register a device, 256 at once', 20_000, () =>
    concurrently(256, 20_000, (number) => store.devices.register(aDevice(`user${number}`, 'phone'), 20)),
  );
  await measure('look devices up, a uid', 100_000, () =>
    concurrently(1, 200, () =>
      store.devices.listMany(Array.from({ length: 500 }, (_, number) => `user${number}`)),
    ),
  );
}

async function benchMillion(
  store: EmbeddedStore,
  reopen: () => Promise<EmbeddedStore>,
): Promise<EmbeddedStore> {
  for (let part = 0; part < 10; part++) {
    await store.inbox.append(
      anEvent(`part${part}`, {
        lane: 'bulk',
        body,
        recipients: Array.from({ length: 100_000 }, (_, number) => [`u${number}`]),
      }),
    );
  }
  await store.close();
  let opened = store;
  await measure('reopen with 1,000,000 entries', 1, async () => {
    opened = await reopen();
  });
  await measure('claim 64 of 1,000,000', 64, async () => {
    await opened.inbox.claim({ direct: 0, bulk: 64 }, 0, never);
  });
  await measure('stats of 1,000,000', 1_000, () => concurrently(1, 1_000, () => opened.inbox.stats()));
  return opened;
}

async function main(): Promise<void> {
  const directory = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'wpr-bench-'));
  const open = (): Promise<EmbeddedStore> =>
    openEmbeddedStore(
      { directory, deadLetters: bounds, minFreeDiskShare: 0 },
      { clock: systemClock, random: Math.random, logger: silentLogger },
    );
  let store = await open();
  try {
    await benchInbox(store);
    await benchGroups(store);
    await benchRest(store);
    store = await benchMillion(store, open);
  } finally {
    await store.close();
    await rm(directory, { recursive: true });
  }
}

void main();
