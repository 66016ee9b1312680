import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { systemClock } from '../../../src/domain/clock';
import type { DeadLetter } from '../../../src/domain/dead-letter';
import { silentLogger } from '../../../src/domain/logger';
import { ForwardTarget } from '../../../src/forward/forward-target';
import { Forwarder } from '../../../src/forward/forwarder';
import { createForwardEvents } from '../../../src/observability/forward-events';
import { Deadlines } from '../../../src/shared/deadlines';
import { StoreUnavailableError } from '../../../src/store/ports/errors';
import { DurableQueues } from '../../../src/store/queue/durable-queues';

const letter: DeadLetter = {
  id: 'letter',
  atMs: 0,
  source: 'forward',
  reason: 'forward_refused',
  detail: 'msg.notify 500',
  messageId: null,
  route: 'receiver:80',
  receivedAtMs: 0,
  recipients: [],
  body: Buffer.from('[]'),
  bodyTruncated: false,
};

describe('the replay of a forwarded webhook', () => {
  let directory: string;
  let queues: DurableQueues;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'relay-forward-'));
    queues = await DurableQueues.open(
      { directory, name: 'the queue', minFreeDiskShare: 0, plentyFreeBytes: 0, commitTimeoutMs: 10_000 },
      { clock: systemClock, random: Math.random, logger: silentLogger },
    );
  });

  afterEach(async () => {
    await queues.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('is refused while too much waits, so that the dead letter stays', async () => {
    let isFull = true;
    const target = new ForwardTarget(
      {
        id: 'receiver:80#',
        name: 'receiver:80',
        events: null,
        answers: [],
        maxAgeMs: null,
        maxAskedBytes: 0,
      },
      {
        receiver: {
          send: () => Promise.resolve({ kind: 'taken' }),
          ask: () => Promise.resolve(null),
          close: () => Promise.resolve(),
        },
        queueOf: (name) => queues.queue(name),
        isFull: () => isFull,
        deadLetters: { add: () => Promise.resolve() },
        events: createForwardEvents({
          logger: silentLogger,
          registry: new Registry(),
          clock: systemClock,
        }),
        makeId: () => 'id',
        clock: systemClock,
        deadlines: new Deadlines(systemClock),
        random: () => 0,
      },
    );
    const forwarder = new Forwarder([target], queues);
    await expect(forwarder.again(letter, systemClock.now())).rejects.toThrow(StoreUnavailableError);
    isFull = false;
    expect(await forwarder.again(letter, systemClock.now())).toBe(true);
    expect(target.depth()).toBe(1);
  });
});
