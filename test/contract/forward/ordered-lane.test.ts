import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { systemClock } from '../../../src/domain/clock';
import { silentLogger } from '../../../src/domain/logger';
import { ForwardTarget } from '../../../src/forward/forward-target';
import { createForwardEvents } from '../../../src/observability/forward-events';
import { Deadlines } from '../../../src/shared/deadlines';
import type { Reception } from '../../../src/shared/reception';
import { DurableQueues } from '../../../src/store/queue/durable-queues';

/** Rests are over at once. */
const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() * 1_000_000 };
const taken: Reception = { kind: 'taken' };
const away: Reception = { kind: 'away', reason: 'it answered 500' };

describe('an online status over which the receiver fails', () => {
  let directory: string;
  let queues: DurableQueues;
  let target: ForwardTarget;
  let receive: (body: string) => Reception;
  let sent: string[];
  let letters: string[];

  const keep = (name: string, body: string) =>
    target.keep({
      name,
      contentType: null,
      receivedAtMs: clock.now(),
      bytes: Buffer.from(body),
    });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'relay-forward-'));
    queues = await DurableQueues.open(
      { directory, name: 'the queue', minFreeDiskShare: 0, plentyFreeBytes: 0, commitTimeoutMs: 10_000 },
      { clock, random: Math.random, logger: silentLogger },
    );
    [sent, letters] = [[], []];
    const receiver = {
      send: (event: { readonly bytes: Buffer }) => {
        const body = event.bytes.toString();
        sent.push(body);
        return Promise.resolve(receive(body));
      },
      ask: () => Promise.resolve(null),
      close: () => Promise.resolve(),
    };
    target = new ForwardTarget(
      {
        id: 'receiver:80#',
        name: 'receiver:80',
        events: null,
        answers: [],
        maxAgeMs: null,
        maxAskedBytes: 0,
      },
      {
        receiver,
        queueOf: (name) => queues.queue(name),
        isFull: () => false,
        deadLetters: {
          add: (added) => {
            for (const { reason, body } of added) letters.push(`${reason} ${body.toString()}`);
            return Promise.resolve();
          },
        },
        events: createForwardEvents({ logger: silentLogger, registry: new Registry(), clock }),
        makeId: () => 'id',
        clock,
        deadlines: new Deadlines(clock),
        random: () => 0,
      },
    );
    target.start();
  });

  afterEach(async () => {
    await target.stop();
    await queues.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('is given up while the receiver takes other events, so that the later ones follow', async () => {
    receive = (body) => (body === 'bad' ? away : taken);
    await keep('user.onlinestatus', 'bad');
    // Each append wakes its lane.
    while (!sent.includes('status')) {
      await keep('msg.notify', 'message');
      await keep('user.onlinestatus', 'status');
    }
    expect(letters).toEqual(['forward_refused bad']);
    expect(sent.filter((body) => body === 'bad').length).toBeGreaterThanOrEqual(9);
  });

  it('waits where the receiver takes nothing else either', async () => {
    let isBack = false;
    receive = () => (isBack ? taken : away);
    await keep('user.onlinestatus', 'first');
    while (sent.filter((body) => body === 'first').length < 30) {
      await keep('msg.notify', 'message');
      await keep('user.onlinestatus', 'second');
    }
    isBack = true;
    while (!sent.includes('second')) await keep('user.onlinestatus', 'second');
    expect(letters).toEqual([]);
  });
});
