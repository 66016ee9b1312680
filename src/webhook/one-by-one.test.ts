import { OneByOne } from './one-by-one';

describe('OneByOne', () => {
  it('begins a task when the one before has ended, well or not', async () => {
    const tasks = new OneByOne();
    const order: string[] = [];
    const ends: (() => void)[] = [];
    const task = (name: string) => () => {
      order.push(name);
      return new Promise<string>((resolve) => ends.push(() => resolve(name)));
    };
    const first = tasks.run(task('first'));
    const second = tasks.run(() => Promise.reject(new Error('broken')));
    const third = tasks.run(task('third'));
    await Promise.resolve();
    expect(order).toEqual(['first']);
    ends[0]?.();
    expect(await first).toBe('first');
    await expect(second).rejects.toThrow('broken');
    expect(order).toEqual(['first', 'third']);
    ends[1]?.();
    expect(await third).toBe('third');
  });
});
