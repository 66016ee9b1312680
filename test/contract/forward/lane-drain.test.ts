import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../src/domain/logger';
import { systemClock } from '../../../src/domain/clock';
import { decodeEvent, encodeEvent } from '../../../src/forward/forwarded-event-codec';
import { Deadlines } from '../../../src/shared/deadlines';
import type { Reception } from '../../../src/shared/reception';
import type { DurableQueue } from '../../../src/store/queue/durable-queue';
import { LaneDrain, type LaneOptions } from '../../../src/store/queue/lane-drain';
import { DurableQueues } from '../../../src/store/queue/durable-queues';
import type { ForwardedEvent } from '../../../src/webhook/forward-port';

/** A lane on a real queue; what the receiver does is the test's. */
class Lane {
  readonly sent: string[] = [];
  readonly givenUp: string[] = [];
  readonly refusals: string[] = [];
  reception: (body: string) => Reception | Promise<Reception> = () => ({ kind: 'taken' });
  #waiting: (() => void)[] = [];
  readonly drain: LaneDrain<ForwardedEvent>;

  constructor(
    readonly queue: DurableQueue,
    changes: Partial<LaneOptions<ForwardedEvent>> = {},
  ) {
    this.drain = new LaneDrain({
      queue,
      itemsPerRequest: 1,
      parallel: 1,
      maxAgeMs: 60_000,
      mostRefusals: 8,
      decode: ([item = Buffer.alloc(0)]) => decodeEvent(item),
      restMs: { least: 1, most: 4 },
      send: async ({ bytes }) => {
        this.sent.push(bytes.toString());
        return this.reception(bytes.toString());
      },
      giveUp: async (given, why) => {
        this.givenUp.push(`${given?.bytes.toString() ?? ''} ${why}`);
        this.#tell();
      },
      listener: {
        taken: () => this.#tell(),
        away: () => {},
        refused: ({ bytes }) => void this.refusals.push(bytes.toString()),
        broken: () => {},
      },
      clock: systemClock,
      deadlines: new Deadlines(systemClock),
      random: () => 0,
      ...changes,
    });
  }

  async add(...bodies: string[]): Promise<void> {
    const receivedAtMs = systemClock.now();
    for (const body of bodies) await this.queue.append(encodeEvent(event(body, receivedAtMs)));
    this.drain.wake();
  }

  async empty(): Promise<void> {
    while (this.queue.depth > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** After the item has left. */
  #tell(): void {
    setImmediate(() => {
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }
}

function event(body: string, receivedAtMs: number): ForwardedEvent {
  return { name: 'msg.notify', contentType: null, receivedAtMs, bytes: Buffer.from(body) };
}

describe('the drain of a receiver’s queue', () => {
  let directory: string;
  let queues: DurableQueues;
  let queue: DurableQueue;
  const lanes: Lane[] = [];
  const lane = (changes: Partial<LaneOptions<ForwardedEvent>> = {}): Lane => {
    const made = new Lane(queue, changes);
    lanes.push(made);
    made.drain.start();
    return made;
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'forward-'));
    queues = await DurableQueues.open(
      { directory, minFreeDiskShare: 0 },
      { clock: systemClock, random: Math.random, logger: silentLogger },
    );
    queue = queues.queue('lane');
  });

  afterEach(async () => {
    for (const { drain } of lanes.splice(0)) await drain.stop();
    await queues.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('gives up an event that the receiver refuses again and again, and goes on with the next', async () => {
    const one = lane();
    one.reception = (body) =>
      body === 'bad' ? { kind: 'refused', reason: 'it answered 400' } : { kind: 'taken' };
    await one.add('bad', 'good');
    await one.empty();
    expect(one.sent).toEqual([...Array<string>(8).fill('bad'), 'good']);
    expect(one.givenUp).toEqual(['bad refused']);
    expect(one.refusals).toHaveLength(7);
  });

  it('lets others pass an event that is refused, where their order does not matter', async () => {
    const one = lane({ parallel: 2, restMs: { least: 60_000, most: 60_000 } });
    const taken = new Promise<void>((resolve) => {
      one.reception = (body) => {
        if (body === 'bad') return { kind: 'refused', reason: 'it answered 400' };
        if (body === 'd') resolve();
        return { kind: 'taken' };
      };
    });
    await one.add('bad', 'a', 'b', 'c', 'd');
    await taken;
    expect(one.sent.filter((body) => body === 'bad')).toEqual(['bad']);
  });

  it('asks a receiver that is away with one event, and sends all in their order when it is back', async () => {
    const one = lane({ parallel: 1 });
    let attempts = 0;
    one.reception = () => (++attempts < 5 ? { kind: 'away', reason: 'it answered 503' } : { kind: 'taken' });
    await one.add('a', 'b', 'c');
    await one.empty();
    expect(one.sent).toEqual(['a', 'a', 'a', 'a', 'a', 'b', 'c']);
    expect(one.givenUp).toEqual([]);
  });

  it('lets others pass an event over which the receiver fails, and keeps that event', async () => {
    const one = lane({ parallel: 2, restMs: { least: 1, most: 1 } });
    let isMended = false;
    let mend = (): void => {};
    const failedOften = new Promise<void>((resolve) => (mend = resolve));
    one.reception = (body) => {
      if (body !== 'bad' || isMended) return { kind: 'taken' };
      if (one.sent.filter((sent) => sent === 'bad').length === 20) mend();
      return { kind: 'away', reason: 'it answered 500' };
    };
    await one.add('bad', 'a', 'b', 'c', 'd');
    await failedOften;
    expect(one.sent.filter((body) => body !== 'bad')).toEqual(['a', 'b', 'c', 'd']);
    isMended = true;
    await one.empty();
    expect(one.givenUp).toEqual([]);
    // By itself, without a rest for all.
    expect(one.refusals).toContain('bad');
  });

  it('asks with another event each time, so that one alone does not stop all', async () => {
    const one = lane({ parallel: 2, restMs: { least: 1, most: 1 } });
    const taken: string[] = [];
    let isBack = (): void => {};
    const back = new Promise<void>((resolve) => (isBack = resolve));
    one.reception = (body) => {
      if (body.startsWith('bad')) return { kind: 'away', reason: 'it answered 500' };
      taken.push(body);
      if (taken.length === 2) isBack();
      return { kind: 'taken' };
    };
    await one.add('bad1', 'bad2', 'bad3', 'a', 'b');
    await back;
    expect(taken).toEqual(['a', 'b']);
  });

  it('gives up what is too old, and tries again while the dead letter cannot be written', async () => {
    let failures = 2;
    const givenUp: string[] = [];
    const one = lane({
      maxAgeMs: -1,
      giveUp: async (_, why) => {
        if (failures-- > 0) throw new Error('no disk');
        givenUp.push(why);
      },
    });
    await one.add('a');
    while (queue.depth > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(givenUp).toEqual(['expired']);
    expect(one.sent).toEqual([]);
  });

  it('sends what only a clock that was just set calls too old', async () => {
    let aheadMs = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
    const one = lane({ clock, deadlines: new Deadlines(clock) });
    one.reception = () => {
      if (aheadMs > 0) return { kind: 'taken' };
      aheadMs = 8 * 3_600_000;
      return { kind: 'away', reason: 'no connection' };
    };
    await one.add('a', 'b');
    await one.empty();
    expect(one.sent).toEqual(['a', 'a', 'b']);
    expect(one.givenUp).toEqual([]);
  });

  it('makes bytes that nobody wrote a dead letter', async () => {
    const one = lane();
    await queue.append(Buffer.from('nonsense'));
    await one.add('a');
    await one.empty();
    expect(one.givenUp).toEqual([' unreadable']);
    expect(one.sent).toEqual(['a']);
  });

  it('finds what was not taken after a restart', async () => {
    const one = lane({ restMs: { least: 60_000, most: 60_000 } });
    const refused = new Promise<void>((resolve) => {
      one.reception = () => {
        resolve();
        return { kind: 'away', reason: 'no connection' };
      };
    });
    await one.add('a', 'b');
    await refused;
    await one.drain.stop();
    await queues.close();
    queues = await DurableQueues.open(
      { directory, minFreeDiskShare: 0 },
      { clock: systemClock, random: Math.random, logger: silentLogger },
    );
    queue = queues.queue('lane');
    const two = lane();
    await two.empty();
    expect(two.sent).toEqual(['a', 'b']);
  });
});
