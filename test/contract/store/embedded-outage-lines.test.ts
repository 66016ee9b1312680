import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/domain/clock';
import { silentLogger, type Logger } from '../../../src/domain/logger';
import { openEmbeddedStore } from '../../../src/store/embedded/store';
import { StoreUnavailableError } from '../../../src/store/ports/errors';
import { anEvent, claimAll } from './builders';
import { bounds } from './fixture';

describe('the log of an embedded store that has no room', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'wpr-lines-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('has one line when it begins, one when it ends, and refuses nothing after that', async () => {
    const lines: string[] = [];
    let ended = (): void => {};
    const isOver = new Promise<void>((resolve) => (ended = resolve));
    const logger: Logger = {
      ...silentLogger,
      warn: ({ event }) => void lines.push(event),
      error: ({ event }) => void lines.push(event),
      info: ({ event }) => {
        lines.push(event);
        ended();
      },
    };
    const store = await openEmbeddedStore(
      { directory, deadLetters: bounds, minFreeDiskShare: 0, maxBytes: 1_000_000 },
      { clock: systemClock, random: Math.random, logger },
    );
    let refused = 0;
    for (let number = 0; refused < 200; number++)
      await store.inbox
        .append(anEvent(`m${number}`, { body: Buffer.alloc(60_000, 1) }))
        .catch((error: unknown) => {
          expect(error).toBeInstanceOf(StoreUnavailableError);
          refused += 1;
        });
    const taken = await claimAll(store);
    await store.inbox.settle(taken.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })));
    await isOver;
    await store.inbox.append(anEvent('after'));
    expect(lines).toEqual(['disk_writes_refused', 'disk_writes_resumed']);
    await store.close();
  });
});
