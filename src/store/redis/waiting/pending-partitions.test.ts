import { PendingPartitions, type PendingPartitionsParts } from './pending-partitions';

describe('PendingPartitions', () => {
  it('counts what waits and what is parked by one script a partition', async () => {
    const asked: string[] = [];
    const redis = {
      run: async (_: unknown, key: string) => {
        asked.push(key);
        return [Buffer.from('apns/production/default'), 2, 3];
      },
    };
    const keys = { partition: (partition: number) => `i${partition}` };
    const pending = new PendingPartitions({
      redis,
      keys,
      partitions: 2,
    } as unknown as PendingPartitionsParts);
    const counts = () => Promise.all([pending.counts('waiting'), pending.counts('parked')]);
    expect(await counts()).toEqual([{ 'apns/production/default': 4 }, { 'apns/production/default': 6 }]);
    expect(asked).toEqual(['i0', 'i1']);
    await counts();
    expect(asked).toHaveLength(4);
  });
});
