const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
const ellipsis = '…';

/** Cut on a grapheme boundary to at most `limit` code points, an ellipsis included: makers count an emoji as one. */
export function cutCharacters(text: string, limit: number): string {
  // A code point takes at most two UTF-16 units, so what lies beyond cannot stay.
  const start = text.slice(0, 2 * limit + 2).toWellFormed();
  if (text.length <= 2 * limit && lengthOf(start) <= limit) return start;
  let left = limit - 1;
  let end = 0;
  for (const { segment } of graphemes.segment(start)) {
    left -= lengthOf(segment);
    if (left < 0) break;
    end += segment.length;
  }
  return start.slice(0, end).trimEnd() + ellipsis;
}

/** Code points. */
export function lengthOf(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) count += 1;
  return count;
}

const symbol = String.raw`(?:\p{So}|\p{Extended_Pictographic})[\ufe0e\ufe0f\u20e3\u{1f3fb}-\u{1f3ff}]*`;
const symbols = new RegExp(
  String.raw`${symbol}(?:\u200d${symbol})*|[\ufe0e\ufe0f\u20e3\u{1f3fb}-\u{1f3ff}\p{Cn}\p{Co}]`,
  'gu',
);

/** Without emoji and other symbols, where a maker refuses them. */
export function withoutSymbols(text: string): string {
  return text.replace(symbols, ' ').replace(/\s+/g, ' ').trim();
}
