import { entryId, parseEntryId } from './entry-id';

describe('entry ids', () => {
  it.each([
    { lane: 'direct', partition: 0, shared: false, streamId: '1700000000000-0' },
    { lane: 'bulk', partition: 15, shared: true, streamId: '1700000000000-12' },
    { lane: 'direct', partition: 7, shared: true, streamId: '0-1' },
  ] as const)('say where %p stands', (place) => {
    expect(parseEntryId(entryId(place))).toEqual(place);
  });

  it.each(['', 'd', 'd0', 'x0.1-1', 'd0.1', 'd0.1-1 ', 'd-1.1-1', 'd0.1-1\n', '1700000000000-0'])(
    'are not %p',
    (text) => {
      expect(parseEntryId(text)).toBeNull();
    },
  );
});
