import type { PendingDelivery } from '../../domain/pending-delivery';
import type { ClaimedDelivery } from '../../store/ports/retries';
import { joinSummaries } from './storm-summary';

function claimed(id: string, bodyId: string, changes: Partial<PendingDelivery> = {}): ClaimedDelivery {
  return { pending: { id, bodyId, ...changes } as PendingDelivery, body: Buffer.from(bodyId) };
}

describe('joinSummaries', () => {
  it('makes one of the rows of one storm, with the newest body, and leaves everything else alone', () => {
    const rows = [
      claimed('storm', 'm2', { collects: 2, summaryOf: 3 }),
      claimed('plain', 'm5'),
      claimed('storm', 'm9', { collects: 9, summaryOf: 2 }),
      claimed('other', 'm1', { collects: 1, summaryOf: 1 }),
      claimed('storm', 'm4', { collects: 4, summaryOf: 1 }),
      claimed('closed', 'm6', { summaryOf: 7 }),
    ];
    const { joined, absorbed } = joinSummaries(rows);
    expect(joined.map(({ pending, body }) => [pending.id, String(body), pending.summaryOf])).toEqual([
      ['plain', 'm5', undefined],
      ['closed', 'm6', 7],
      ['storm', 'm9', 6],
      ['other', 'm1', 1],
    ]);
    expect(absorbed.map(({ pending }) => pending.bodyId)).toEqual(['m2', 'm4']);
  });
});
