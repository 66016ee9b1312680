const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
const ellipsis = '…';

/** Cut on a grapheme boundary to at most `limit`, an ellipsis included. By code points: most makers count an emoji as one. */
export function cutCharacters(text: string, limit: number, measure = lengthOf): string {
  // A code point takes at most two UTF-16 units, so what lies beyond cannot stay.
  const start = text.slice(0, 2 * limit + 2).toWellFormed();
  if (text.length <= 2 * limit && measure(start) <= limit) return start;
  let left = limit - measure(ellipsis);
  let end = 0;
  for (const { segment } of graphemes.segment(start)) {
    left -= measure(segment);
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

const around = String.raw`[\ufe0e\ufe0f\u20e3\u{1f3fb}-\u{1f3ff}\u{e0020}-\u{e007f}]`;
const symbol = String.raw`(?:\p{So}|\p{Extended_Pictographic})${around}*`;
const symbols = new RegExp(String.raw`${symbol}(?:\u200d${symbol})*|${around}|[\p{Cn}\p{Co}\p{Cs}]`, 'gu');

/** Without emoji and other symbols, where a maker refuses them. */
export function withoutSymbols(text: string): string {
  return text.replace(symbols, ' ').replace(/\s+/g, ' ').trim();
}
