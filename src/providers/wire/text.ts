const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
const ellipsis = '…';
const ellipsisBytes = 3;
const loneSurrogateEscape = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/**
 * JSON that both vendors take: half a character (a lone surrogate, which JSON.stringify writes as `\udxxx`) would make
 * them refuse the whole payload, so it becomes U+FFFD.
 */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value);
  return json.includes('\\ud') ? json.replace(loneSurrogateEscape, '$1\ufffd') : json;
}

/** Bytes of UTF-8 that a text takes inside a JSON string, quotes not counted. */
export function jsonBytes(text: string): number {
  return Buffer.byteLength(toJson(text)) - 2;
}

export function plainBytes(text: string): number {
  return Buffer.byteLength(text);
}

/** What a text takes of the size limit: APNs counts the JSON, FCM the plain bytes. */
export type Measure = (text: string) => number;

/**
 * Shortens to at most `limit` by the measure, on a grapheme boundary, with an ellipsis; null when not even that fits.
 * A text that fits is returned as it is. The work is bounded by the limit, not by the text.
 */
export function shorten(text: string, limit: number, measure: Measure): string | null {
  // Every UTF-16 unit takes at least a byte, so what lies beyond the limit cannot stay.
  if (text.length <= limit && measure(text) <= limit) return text;
  let left = limit - ellipsisBytes;
  if (left < 0) return null;
  let end = 0;
  for (const { segment } of graphemes.segment(text.slice(0, limit + 1))) {
    left -= measure(segment);
    if (left < 0) break;
    end += segment.length;
  }
  return text.slice(0, end).trimEnd() + ellipsis;
}

export interface Texts {
  readonly title: string | null;
  readonly body: string | null;
}

/**
 * Takes `excess` off the texts: the body first, then the title. Null when both together cannot give that much.
 * Of the body an ellipsis stays, so that the phone still shows that there was one.
 */
export function shortenTexts(texts: Texts, excess: number, measure: Measure): Texts | null {
  const bodySize = texts.body === null ? 0 : measure(texts.body);
  if (texts.body !== null) {
    const body = shorten(texts.body, bodySize - excess, measure);
    if (body !== null) return { title: texts.title, body };
  }
  if (texts.title === null) return null;
  const body = texts.body === null ? null : shorten(texts.body, Math.min(bodySize, ellipsisBytes), measure);
  const given = bodySize - (body === null ? 0 : measure(body));
  const title = shorten(texts.title, measure(texts.title) - (excess - given), measure);
  return title === null ? null : { title, body };
}
