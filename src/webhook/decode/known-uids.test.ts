import { BodyWalk } from './body-walk';
import { ManyRecipients } from './recipients';
import { scanTexts, type TextList } from './text-list';

async function listOf(json: string): Promise<TextList> {
  const list = await scanTexts(new BodyWalk(Buffer.from(json)), '$');
  if (!list.ok) throw new Error(list.failure.expected);
  return list.value;
}

/** As the recipients of one message. */
async function union(...lists: readonly string[]): Promise<readonly string[]> {
  const recipients = new ManyRecipients(await Promise.all(lists.map(listOf)), () => null);
  const uids: string[] = [];
  while (!recipients.isDone) for (const group of await recipients.next()) uids.push(...group);
  return uids;
}

/** Every character as an escape. */
function escaped(text: string): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}

describe('KnownUids', () => {
  it.each(['a', 'b&c', '名', '🦀', 'quote"', 'back\\slash', '\u0000', '/', 'x'.repeat(256)])(
    'knows %j however it is written, in whatever order and list',
    async (uid) => {
      const plain = JSON.stringify(uid);
      expect(await union(`[${plain},${escaped(uid)}]`)).toEqual([uid]);
      expect(await union(`[${escaped(uid)},${plain},${escaped(uid)}]`)).toEqual([uid]);
      expect(await union(`[${plain}]`, `[${escaped(uid)},"other"]`)).toEqual([uid, 'other']);
      expect(await union(`["other",${escaped(uid)}]`, `[ ${plain} ]`)).toEqual(['other', uid]);
    },
  );

  it('tells apart what only begins alike', async () => {
    expect(await union('["a","ab","a\\"","a\\\\"]', '["ab","abc",""]')).toEqual([
      'a',
      'ab',
      'a"',
      'a\\',
      'abc',
    ]);
  });

  it('misses none of many, of which each is there twice', async () => {
    const names = Array.from({ length: 20_000 }, (_, at) => `u${at}&`);
    const again = names.map((name, at) => (at % 2 === 0 ? escaped(name) : JSON.stringify(name)));
    expect(await union(JSON.stringify(names), `[${again.join()}]`)).toEqual(names);
  });
});
