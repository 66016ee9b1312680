import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/domain/clock';
import { silentLogger } from '../../../src/domain/logger';
import { openEmbeddedStore } from '../../../src/store/embedded/store';
import { claimAll } from './builders';
import { startChild } from './child';
import { bounds } from './fixture';

const context = { clock: systemClock, random: Math.random, logger: silentLogger };
const hasStrace = spawnSync('strace', ['-e', 'trace=none', 'true']).status === 0;

describe('the embedded store', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'wpr-durable-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('has every append that resolved, after each of several kills in the middle of a burst', async () => {
    const said = new Set<string>();
    for (const size of [1, 50, 500, 1_500, 3_000]) {
      const child = startChild('append-forever', directory);
      await child.until((lines) => lines.length >= size);
      await child.kill();
      for (const line of child.lines) if (line !== 'open') said.add(line);
    }
    const store = await openEmbeddedStore({ directory, deadLetters: bounds, minFreeDiskShare: 0 }, context);
    const kept = new Map<string, number>();
    for (;;) {
      const entries = await claimAll(store, { direct: 5_000 });
      if (entries.length === 0) break;
      for (const { bodyId, body } of entries) {
        expect(body.toString()).toBe(`body of ${bodyId}`);
        kept.set(bodyId, (kept.get(bodyId) ?? 0) + 1);
      }
      await store.inbox.settle(entries.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })));
    }
    expect([...said].filter((bodyId) => !kept.has(bodyId))).toEqual([]);
    // A split event is there with all its entries, or not at all.
    for (const [bodyId, entries] of kept)
      if (Number(bodyId.split('-')[1]) % 5 === 0) expect(entries % 2).toBe(0);
    expect((await store.inbox.stats()).depth).toEqual({ direct: 0, bulk: 0 });
    await store.close();
  });

  it('counts the claims of an entry that kills its holder each time', async () => {
    const writer = startChild('append-once', directory);
    await writer.ended;
    for (let claims = 1; claims <= 7; claims++) {
      const child = startChild('claim-and-die', directory);
      await child.ended;
      expect(child.process.signalCode).toBe('SIGKILL');
      // From the third time on one is handed out alone.
      const others = claims < 3 ? [`traced ${claims}`] : [];
      expect(child.lines).toEqual(['open', `warm-up ${claims}`, ...others]);
    }
  });

  (hasStrace ? it : it.skip)('resolves an append after its pages and the meta page are on disk', async () => {
    const trace = join(directory, 'trace');
    const calls = 'openat,open,write,writev,pwrite64,pwritev,fdatasync,fsync,sync_file_range,msync';
    const child = startChild('append-once', directory, {
      wrap: ['strace', '-f', '-y', '-s', '70000', '-o', trace, '-e', `trace=${calls}`],
    });
    await child.ended;
    expect(child.lines).toEqual(['open', 'append begins', 'append resolved']);
    const lines = (await readFile(trace, 'utf8')).split('\n');
    const begins = lines.findIndex((line) => line.includes('append begins'));
    const resolved = lines.findIndex((line) => line.includes('append resolved'));
    expect(begins).toBeGreaterThan(0);
    const between = lines.slice(begins, resolved);
    const position = (pattern: RegExp): number => between.findIndex((line) => pattern.test(line));
    const pages = position(/ p?write(64|v)?\(\d+<[^>]*data\.mdb>.*body of traced/);
    const flush = position(/ (<\.\.\. )?fdatasync(\(\d+<[^>]*data\.mdb>\)| resumed>\)) += 0/);
    const meta = between.findLastIndex((line) => / p?write(64)?\(\d+<[^>]*data\.mdb>/.test(line));
    expect(pages).toBeGreaterThanOrEqual(0);
    expect(flush).toBeGreaterThan(pages);
    expect(meta).toBeGreaterThan(flush);
    // The meta page goes through a descriptor of its own, opened so that a write returns when it is on disk.
    const metaDescriptor = /write(?:64)?\((\d+)</.exec(between[meta] ?? '')?.[1];
    const opened = lines.filter(
      (line) => line.includes('data.mdb') && new RegExp(`O_DSYNC.* = ${metaDescriptor}<`).test(line),
    );
    expect(opened).toHaveLength(1);
  });
});
