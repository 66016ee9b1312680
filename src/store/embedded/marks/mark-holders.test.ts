import { MarkHolders } from './mark-holders';

it('holds a mark until its time is over, the later of two', () => {
  const holders = new MarkHolders([
    { entryId: 'new', uids: ['a'], expiresAtMs: 200 },
    { entryId: 'old', uids: ['a'], expiresAtMs: 100 },
  ]);
  expect(holders.of('a', 199)).toBe('new');
  expect(holders.of('a', 200)).toBeNull();
});
