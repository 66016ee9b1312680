import { richText } from './rich-text';

describe('richText', () => {
  it('prefers the plain text that the client sent along', () => {
    expect(richText({ plain: 'hello', content: [{ type: 'text', text: 'other' }] })).toBe('hello');
  });

  it('takes a string', () => {
    expect(richText({ content: 'hello', entities: [{ type: 'bold' }] })).toBe('hello');
  });

  it('joins the texts of blocks and leaves out the rest', () => {
    const content = [
      { type: 'text', text: 'see ' },
      { type: 'image', url: 'https://x/y.png' },
      { type: 'text', text: 'this' },
    ];
    expect(richText({ content })).toBe('see this');
  });

  it('reads the inserts of a delta', () => {
    expect(
      richText({ content: { ops: [{ insert: 'a' }, { insert: { image: 'u' } }, { insert: 'b' }] } }),
    ).toBe('ab');
  });

  it('reads blocks that were written as a string', () => {
    expect(richText({ content: '{"ops":[{"insert":"a"},{"insert":"b"}]}' })).toBe('ab');
    expect(richText({ content: ' [ {"type":"text","text":"see"}]' })).toBe('see');
    expect(richText({ content: '[{"type":"image","url":"u"}]' })).toBe('');
    const plain = ['[1]', '[Smile]', '{ or [', '{"ops":', `{"a":"${'x'.repeat(70_000)}"}`];
    for (const content of plain) expect(richText({ content })).toBe(content);
  });

  it('shows HTML without its marks', () => {
    const content = '<p class="a">Hello <b>you</b> &amp; me</p><p>1 &lt; 2</p>';
    expect(richText({ content })).toBe('Hello you & me\n1 < 2\n');
    for (const text of ['1 < 2 > 0', 'a <b> c']) expect(richText({ content: text })).toBe(text);
    expect(richText({ content: `<p>${'<'.repeat(1_000_000)}` }).length).toBeLessThan(10_000);
  });

  it('is empty where there are no words', () => {
    for (const content of [undefined, null, 5, {}, [], [[]], [{ text: 7 }]])
      expect(richText({ content })).toBe('');
  });

  it('gives up on what is too deep, too wide or too long', () => {
    let deep: unknown = 'never';
    for (let i = 0; i < 10_000; i += 1) deep = [deep];
    expect(richText({ content: deep })).toBe('');
    expect(
      richText({ content: Array.from({ length: 100_000 }, () => ({ text: 'ab' })) }).length,
    ).toBeLessThan(1000);
    expect(
      richText({ content: Array.from({ length: 100 }, () => ({ text: 'x'.repeat(1500) })) }).length,
    ).toBe(3000);
  });
});
