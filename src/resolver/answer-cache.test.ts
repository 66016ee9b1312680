import { AnswerCache } from './answer-cache';

const create = (maxEntries = 1_000) => new AnswerCache<string>({ freshMs: 100, staleMs: 1_000, maxEntries });

describe('AnswerCache', () => {
  it('has answers fresh, then stale, then no more', () => {
    const cache = create();
    expect(cache.get('a', 0)).toEqual({ state: 'missing' });
    cache.set('a', 'x', 0);
    expect(cache.get('a', 100)).toEqual({ state: 'fresh', value: 'x' });
    expect(cache.get('a', 101)).toEqual({ state: 'stale', value: 'x' });
    expect(cache.get('a', 1_001)).toEqual({ state: 'missing' });
    cache.set('a', 'y', 1_001);
    expect(cache.get('a', 1_002)).toEqual({ state: 'fresh', value: 'y' });
  });

  it('lets one of many renew, and the next after some seconds', () => {
    const cache = create();
    cache.set('a', 'x', 0);
    expect([cache.takeRenewal('a', 200), cache.takeRenewal('a', 201)]).toEqual([true, false]);
    expect(cache.takeRenewal('a', 5_200)).toBe(true);
    expect(cache.takeRenewal('b', 200)).toBe(false);
  });

  it('is bounded: the oldest answer leaves', () => {
    const cache = create(3);
    for (const key of ['a', 'b', 'c']) cache.set(key, key, 0);
    cache.set('a', 'again', 1);
    cache.set('d', 'd', 1);
    expect(cache.size).toBe(3);
    expect(cache.get('b', 1).state).toBe('missing');
    expect(cache.get('a', 1).state).toBe('fresh');
  });

  it('forgets', () => {
    const cache = create();
    cache.set('a', 'x', 0);
    cache.set('b', 'x', 0);
    cache.forget((key) => key === 'a');
    expect([cache.get('a', 0).state, cache.get('b', 0).state]).toEqual(['missing', 'fresh']);
  });
});
