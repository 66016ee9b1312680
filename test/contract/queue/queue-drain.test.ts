import type { DurableQueue } from '../../../src/store/queue/durable-queue';
import { DrainRig, QueuesRig, ReceiverAwayError } from './rig';

const numbers = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${from + index}`);

describe('the drain of a queue', () => {
  let rig: QueuesRig;
  let queue: DurableQueue;
  const drains: DrainRig[] = [];
  beforeEach(async () => {
    rig = await QueuesRig.open();
    queue = rig.queues.queue('q');
  });
  afterEach(async () => {
    await Promise.all(drains.splice(0).map(({ drain }) => drain.stop()));
    await rig.close();
  });
  const append = async (items: readonly string[]): Promise<void> => {
    await Promise.all(items.map((text) => queue.append(Buffer.from(text))));
  };
  const drainOf = (...args: ConstructorParameters<typeof DrainRig> | []): DrainRig => {
    const one = new DrainRig(args[0] ?? queue, args[1]);
    drains.push(one);
    return one;
  };

  it('sends everything in order, what comes meanwhile included, and nothing twice', async () => {
    await append(numbers(0, 100));
    const one = drainOf();
    one.drain.start();
    await append(numbers(100, 50));
    one.drain.wake();
    await one.until('sent', 150);
    expect(one.taken).toEqual(numbers(0, 150));
    await one.until('emptied', 1);
    expect([queue.depth, one.of('failed'), one.of('setAside')]).toEqual([0, 0, 0]);
  });

  it('asks a receiver that is away with one item at a time, and goes on in order when it is back', async () => {
    await append(numbers(0, 50));
    const one = drainOf(queue, { loneProbes: 1_000 });
    one.receive = () => Promise.reject(new ReceiverAwayError());
    one.drain.start();
    await one.until('failed', 6);
    expect(one.drain.answers).toBe(false);
    expect(one.asked).toEqual(Array.from({ length: 6 }, () => '0'));
    one.receive = () => {};
    await one.until('emptied', 1);
    expect([one.taken, one.drain.answers]).toEqual([numbers(0, 50), true]);
  });

  it('leaves it alone for twice as long each time, and asks at once when it is told to hurry', async () => {
    const one = drainOf(queue, { restMs: { least: 1, most: 3_600_000 } });
    one.receive = () => Promise.reject(new ReceiverAwayError());
    await append(['0']);
    one.drain.start();
    await one.until('failed', 8);
    one.drain.rest();
    const failed = one.of('failed');
    one.receive = () => {};
    one.drain.hurry();
    await one.until('sent', 1);
    expect(one.of('failed')).toBe(failed);
  });

  it('sets aside an item that the receiver refuses, after three times, and passes it', async () => {
    await append(['0', 'dead', '1', '2']);
    const one = drainOf();
    one.receive = (text) => {
      if (text === 'dead') throw new Error('it is too large');
    };
    one.drain.start();
    await one.until('emptied', 1);
    expect([...one.taken].sort()).toEqual(['0', '1', '2']);
    expect(one.asked.filter((text) => text === 'dead')).toHaveLength(3);
    expect([one.of('setAside'), one.drain.setAside, one.drain.blocked, queue.depth]).toEqual([1, 1, 0, 1]);
    await one.drain.stop();
    await rig.reopen();
    queue = rig.queues.queue('q');
    const next = drainOf(queue);
    next.drain.start();
    await next.until('sent', 1);
    expect(next.taken).toEqual(['dead']);
  });

  it('passes items for a part of the receiver that is away, and sends them when it is back', async () => {
    await append(numbers(0, 60));
    let away = true;
    const one = drainOf();
    one.receive = (text) => {
      if (away && Number(text) % 3 === 0) throw new ReceiverAwayError();
    };
    one.drain.start();
    await one.until('sent', 40);
    expect(one.of('emptied')).toBe(0);
    away = false;
    await one.until('emptied', 1);
    expect([[...one.taken].sort(), one.of('setAside')]).toEqual([[...numbers(0, 60)].sort(), 0]);
  });

  it('keeps bytes that nobody can read, and says so', async () => {
    await append(['', '1']);
    const one = drainOf();
    one.drain.start();
    await one.until('emptied', 1);
    expect([one.taken, one.of('setAside'), queue.depth]).toEqual([['1'], 1, 1]);
  });

  it('counts an answer that comes after its round was given up', async () => {
    await append(['0', '1']);
    const one = drainOf(queue, { roundTimeoutMs: 5 });
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    one.receive = () => answered;
    one.drain.start();
    await one.until('failed', 2);
    answer();
    await one.until('emptied', 1);
    expect([...new Set(one.taken)]).toEqual(['0', '1']);
    expect(queue.depth).toBe(0);
  });

  it('stops while the receiver hangs, and loses nothing', async () => {
    await append(numbers(0, 10));
    const one = drainOf();
    one.receive = () => new Promise(() => {});
    one.drain.start();
    while (one.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await one.drain.stop();
    await rig.reopen();
    expect(rig.queues.queue('q').depth).toBe(10);
  });
});
