import { decodeEntry, encodeEntry, inlineBodyOf, receivedAtOf } from './entry-codec';
import { entryId, parseEntryId } from './lane-queue';

describe('an inbox row', () => {
  it.each([
    ['with a body', Buffer.from([0, 255, 1])],
    ['with an empty body', Buffer.alloc(0)],
    ['without a body', null],
  ])('reads as it was written, %s', (_, body) => {
    const entry = {
      bodyId: 'm "1" \u0000',
      receivedAtMs: 1_767_000_000_000.5,
      recipients: ['a', '用户', '\u0000', '"'],
      body,
    };
    const bytes = encodeEntry(entry);
    expect(decodeEntry(bytes)).toEqual(entry);
    expect(receivedAtOf(bytes)).toBe(1_767_000_000_000.5);
    expect(inlineBodyOf(bytes)).toEqual(body);
  });

  it('has an id that says where it stands', () => {
    expect(parseEntryId(entryId('direct', 1))).toEqual({ lane: 'direct', sequence: 1 });
    expect(parseEntryId(entryId('bulk', Number.MAX_SAFE_INTEGER))).toEqual({
      lane: 'bulk',
      sequence: Number.MAX_SAFE_INTEGER,
    });
  });

  it.each(['', 'd', 'b', 'x1', 'd-1', 'd01', 'D1', 'd1.5', 'd1 ', 'd10000000000000', '1-0'])(
    'takes %p as no id',
    (id) => {
      expect(parseEntryId(id)).toBeNull();
    },
  );
});
