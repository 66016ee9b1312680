import { awkwardUids } from './builders';
import { useStore, type MakeStore } from './fixture';

export function describeSharedState(makeStore: MakeStore): void {
  describe('shared state', () => {
    const given = useStore(makeStore);

    it('keeps a value for its lifetime', async () => {
      expect(await given.store.sharedState.get('k')).toBeNull();
      await given.store.sharedState.set('k', 'v "1" \u0000 用户', 1_000);
      given.clock.advance(999);
      expect(await given.store.sharedState.get('k')).toBe('v "1" \u0000 用户');
      given.clock.advance(1);
      expect(await given.store.sharedState.get('k')).toBeNull();
    });

    it('replaces value and lifetime', async () => {
      await given.store.sharedState.set('k', 'old', 1_000);
      await given.store.sharedState.set('k', 'new', 5_000);
      given.clock.advance(4_999);
      expect(await given.store.sharedState.get('k')).toBe('new');
      await given.store.sharedState.set('k', '', 1_000);
      expect(await given.store.sharedState.get('k')).toBe('');
    });

    it('sets what is free, and says what stands there', async () => {
      expect(await given.store.sharedState.setIfAbsent('k', 'mine', 1_000)).toBeNull();
      expect(await given.store.sharedState.setIfAbsent('k', 'theirs', 1_000)).toBe('mine');
      expect(await given.store.sharedState.get('k')).toBe('mine');
      given.clock.advance(1_000);
      expect(await given.store.sharedState.setIfAbsent('k', 'theirs', 1_000)).toBeNull();
      expect(await given.store.sharedState.get('k')).toBe('theirs');
    });

    it('sets a key that grows in number like any other', async () => {
      expect(await given.store.sharedState.setIfAbsent('k', 'mine', 1_000, 'grow')).toBeNull();
      expect(await given.store.sharedState.setIfAbsent('k', 'theirs', 1_000, 'grow')).toBe('mine');
      await given.store.sharedState.set('k', 'ours', 1_000, 'grow');
      expect(await given.store.sharedState.get('k')).toBe('ours');
    });

    it('lets one of those that race set it', async () => {
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, number) =>
          given.store.sharedState.setIfAbsent('k', `v${number}`, 1_000),
        ),
      );
      expect(answers.filter((answer) => answer === null)).toHaveLength(1);
      const value = await given.store.sharedState.get('k');
      expect(answers.every((answer) => answer === null || answer === value)).toBe(true);
    });

    it('deletes', async () => {
      await given.store.sharedState.set('k', 'v', 1_000);
      await given.store.sharedState.delete('k');
      await given.store.sharedState.delete('k');
      expect(await given.store.sharedState.get('k')).toBeNull();
      expect(await given.store.sharedState.setIfAbsent('k', 'again', 1_000)).toBeNull();
    });

    it('takes any key and 64 KiB of value, and keeps them across a restart', async () => {
      const keys = [...awkwardUids, 'k'.repeat(3_000), `${'k'.repeat(3_000)}2`];
      for (const key of keys) await given.store.sharedState.set(key, `of ${key}`, 1_000);
      await given.store.sharedState.set('big', 'x'.repeat(65_536), 1_000);
      await given.opened.reopen();
      for (const key of keys) expect(await given.store.sharedState.get(key)).toBe(`of ${key}`);
      expect(await given.store.sharedState.get('big')).toHaveLength(65_536);
    });

    it('grants from a budget until its window is over', async () => {
      expect(await given.store.sharedState.take('r', 60, 100, 1_000)).toBe(60);
      expect(await given.store.sharedState.take('r', 60, 100, 1_000)).toBe(40);
      expect(await given.store.sharedState.take('r', 60, 100, 1_000)).toBe(0);
      expect(await given.store.sharedState.take('other', 10, 100, 1_000)).toBe(10);
      given.clock.advance(1_000);
      expect(await given.store.sharedState.take('r', 60, 100, 1_000)).toBe(60);
      expect(await given.store.sharedState.take('r', 0, 100, 1_000)).toBe(0);
      expect(await given.store.sharedState.take('r', 60, 50, 1_000)).toBe(0);
    });

    it('never grants more than the budget to many at once', async () => {
      const granted = await Promise.all(
        Array.from({ length: 50 }, () => given.store.sharedState.take('r', 7, 100, 1_000)),
      );
      expect(granted.reduce((sum, amount) => sum + amount, 0)).toBe(100);
    });
  });
}
