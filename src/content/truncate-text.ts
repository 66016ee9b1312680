const ellipsis = '…';
const ellipsisBytes = 3;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * The text, or as much of it as fits with an ellipsis: at most `maxBytes` of UTF-8 and `maxUnits` of UTF-16, cut
 * between grapheme clusters, so that no emoji family and no flag is torn. A single cluster that is larger than the
 * limit (hundreds of combining marks) is cut between code points. The work is bounded by the limits, not by the text.
 */
export function truncateText(text: string, maxBytes: number, maxUnits: number = maxBytes): string {
  if (text.length <= maxUnits) {
    if (text.length * 3 <= maxBytes) return text;
    if (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes) return text;
  }
  if (maxBytes < ellipsisBytes || maxUnits < 1) return '';
  const cut = fittingUnits(text, maxBytes - ellipsisBytes, maxUnits - 1);
  return text.slice(0, clusterStart(text, cut)).trimEnd() + ellipsis;
}

/** How many UTF-16 units, in whole code points, stay within both limits. */
function fittingUnits(text: string, maxBytes: number, maxUnits: number): number {
  let bytes = 0;
  let index = 0;
  while (index < text.length) {
    const code = text.codePointAt(index) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    const next = index + (code < 0x10000 ? 1 : 2);
    if (bytes > maxBytes || next > maxUnits) break;
    index = next;
  }
  return index;
}

/** The start of the grapheme cluster at `index`; `index` itself when the whole text before it is one cluster. */
function clusterStart(text: string, index: number): number {
  if (isPlain(text.charCodeAt(index)) && isPlain(text.charCodeAt(index - 1))) return index;
  const start = graphemes.segment(text.slice(0, index + 2)).containing(index)?.index ?? index;
  return start === 0 ? index : start;
}

/** ASCII but for the carriage return, which joins with a line feed: a boundary lies between two of them. */
function isPlain(unit: number): boolean {
  return unit < 0x80 && unit !== 0x0d;
}
