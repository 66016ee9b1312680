import { TurnBatch } from './turn-batch';

describe('TurnBatch', () => {
  const trips: [string, readonly number[]][] = [];
  const batch = (maxWeight = 100): TurnBatch<number, number> =>
    new TurnBatch({
      send: async (group, items) => {
        trips.push([group, items]);
        if (items.includes(13)) throw new Error('no');
        return items.map((item) => item * 2);
      },
      weigh: (item) => item,
      maxWeight,
    });
  beforeEach(() => trips.splice(0));

  it('sends what one turn asks for as one trip a group', async () => {
    const given = batch();
    const answers = await Promise.all([given.add('a', 1), given.add('b', 2), given.add('a', 3)]);
    expect(answers).toEqual([2, 4, 6]);
    expect(trips).toEqual([
      ['a', [1, 3]],
      ['b', [2]],
    ]);
  });

  it('splits what is too heavy for a trip, and sends the heaviest alone', async () => {
    const given = batch(10);
    await Promise.all([4, 6, 1, 50, 2].map((item) => given.add('', item)));
    expect(trips.map(([, items]) => items)).toEqual([[4, 6], [1], [50], [2]]);
  });

  it('fails those of the trip that failed, and no other', async () => {
    const given = batch();
    const results = await Promise.allSettled([given.add('a', 1), given.add('a', 13), given.add('b', 2)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(await given.add('a', 5)).toBe(10);
  });
});
