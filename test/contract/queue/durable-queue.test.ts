import { StoreUnavailableError } from '../../../src/store/ports/errors';
import type { DurableQueue } from '../../../src/store/queue/durable-queue';
import { openQueues, QueuesRig } from './rig';

const megabyte = 1_048_576;
const texts = (items: readonly { readonly bytes: Buffer }[]): string[] =>
  items.map(({ bytes }) => bytes.toString());
const numbers = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${from + index}`);

describe('a durable queue', () => {
  let rig: QueuesRig;
  beforeEach(async () => {
    rig = await QueuesRig.open();
  });
  afterEach(() => rig.close());
  const append = (queue: DurableQueue, items: readonly string[]): Promise<void[]> =>
    Promise.all(items.map((text) => queue.append(Buffer.from(text))));

  it('gives its items in the order in which they came, also over a restart', async () => {
    await append(rig.queues.queue('q'), numbers(0, 300));
    await rig.reopen();
    const queue = rig.queues.queue('q');
    expect(queue.depth).toBe(300);
    await append(queue, numbers(300, 10));
    expect(texts(queue.take(200, megabyte))).toEqual(numbers(0, 200));
    expect(texts(queue.take(200, megabyte))).toEqual(numbers(200, 110));
    expect(queue.take(200, megabyte)).toEqual([]);
  });

  it('keeps any bytes, and none', async () => {
    const items = [Buffer.alloc(0), Buffer.from([0, 255, 10, 13]), Buffer.alloc(3 * megabyte, 7)];
    const queue = rig.queues.queue('q');
    for (const item of items) await queue.append(item);
    await rig.reopen();
    const taken = rig.queues.queue('q').take(10, 10 * megabyte);
    expect(taken.map(({ bytes }, index) => bytes.equals(items[index]!))).toEqual([true, true, true]);
  });

  it('gives no further item once those taken are as large as asked', async () => {
    const queue = rig.queues.queue('q');
    for (let number = 0; number < 5; number++) await queue.append(Buffer.alloc(1_000, number));
    expect([queue.take(10, 1_500).length, queue.take(10, 1).length, queue.take(0, 1).length]).toEqual([
      2, 1, 0,
    ]);
    expect(queue.take(10, megabyte)).toHaveLength(2);
  });

  it('is apart from the others of its directory', async () => {
    const [one, two] = [rig.queues.queue('one'), rig.queues.queue('two')];
    expect(rig.queues.queue('one')).toBe(one);
    await Promise.all([append(one, ['a', 'b']), append(two, ['c'])]);
    expect([texts(one.take(9, megabyte)), texts(two.take(9, megabyte))]).toEqual([['a', 'b'], ['c']]);
    one.settle([1, 2]);
    await rig.reopen();
    expect([rig.queues.queue('one').depth, rig.queues.queue('two').depth]).toEqual([0, 1]);
  });

  it('forgets what is settled, and brings back what was only taken', async () => {
    const queue = rig.queues.queue('q');
    await append(queue, numbers(0, 10));
    const taken = queue.take(6, megabyte);
    queue.settle(taken.slice(0, 4).map(({ sequence }) => sequence));
    expect(queue.depth).toBe(6);
    await queue.flush();
    expect(queue.read(taken[0]!.sequence)).toBeNull();
    expect(queue.read(taken[5]!.sequence)?.toString()).toBe('5');
    await rig.reopen();
    expect(texts(rig.queues.queue('q').take(10, megabyte))).toEqual(numbers(4, 6));
  });

  it('holds no more items than it may, however many come at the same time', async () => {
    const queue = rig.queues.queue('small', 5);
    const results = await Promise.allSettled(numbers(0, 20).map((text) => queue.append(Buffer.from(text))));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    await expect(queue.append(Buffer.from('x'))).rejects.toThrow(/has reached its limit of 5 items/);
    queue.settle(queue.take(1, megabyte).map(({ sequence }) => sequence));
    await queue.append(Buffer.from('y'));
    expect(queue.depth).toBe(5);
  });

  it('refuses what is over the bytes of its directory, says so, and takes items again when there is room', async () => {
    await rig.close();
    rig = await QueuesRig.open({ maxBytes: 2 * megabyte });
    const queue = rig.queues.queue('q');
    let kept = 0;
    await expect(
      (async () => {
        for (; kept < 1_000; kept++) await queue.append(Buffer.alloc(10_000, 1));
      })(),
    ).rejects.toThrow(/has reached its limit of 2097152 bytes/);
    expect(kept).toBeGreaterThan(100);
    expect(await rig.queues.health()).toContainEqual(
      expect.objectContaining({ name: 'disk', severity: 'unavailable' }),
    );
    await rig.reopen();
    const again = rig.queues.queue('q');
    expect(again.depth).toBe(kept);
    for (let some = again.take(50, megabyte); some.length > 0; some = again.take(50, megabyte))
      again.settle(some.map(({ sequence }) => sequence));
    await again.flush();
    await again.append(Buffer.from('more'));
    expect((await rig.queues.health()).filter(({ severity }) => severity === 'unavailable')).toEqual([]);
  });

  it('belongs to one holder', async () => {
    await expect(openQueues(rig.directory)).rejects.toThrow(/is in use|another process|held/);
  });

  it('writes what was begun before it closes, and refuses what comes then', async () => {
    const queue = rig.queues.queue('q');
    const appends = append(queue, numbers(0, 100));
    await rig.queues.close();
    await appends;
    await expect(queue.append(Buffer.from('late'))).rejects.toThrow(StoreUnavailableError);
    expect(rig.queues.usedBytes()).toBe(0);
    await rig.reopen();
    expect(rig.queues.queue('q').depth).toBe(100);
  });
});
