import { truncateText } from './truncate-text';

/** How many times its limit a text is looked at, so that the work on a megabyte stays that of a short one. */
const considered = 4;

// What can rewrite, hide or break the line around it: control characters, separators of lines, embeddings, overrides
// and isolates of direction, deprecated format characters, the byte order mark, annotation marks, lone surrogates, and
// piles of combining marks. Joiners, variation selectors and tags stay: emoji, flags and many scripts need them.
const suspectInBody = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb]/u;
const suspectInLine = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb]|\s\s/u;
// Blocks that hold all marks of the basic plane: the exact class costs several times as much on text that has none.
const maybePileOfMarks =
  /[\u0300-\u036f\u0483-\u1dff\u20d0-\u20ff\u2cef-\u2cf1\u2d7f\u2de0-\u2dff\u302a-\u302f\u3099\u309a\ua66f-\uabff\ufb1e\ufe00-\ufe2f]{9}/;
const lineBreaks = /\r\n?|[\v\f\u0085\u2028\u2029]/gu;
const blankLines = /[^\S\n]*\n\s*/gu;
const removedFromBody =
  /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\p{Cs}\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb]/gu;
const removedFromLine = /[\u061c\u200e\u200f]/gu;
const pileOfMarks = /(\p{M}{8})\p{M}+/gu;
const anythingVisible = /[^\s\p{Default_Ignorable_Code_Point}\u2800]/u;

/**
 * Text of a person as the body of a notification: line breaks stay, blank lines and control characters go. Marks of
 * direction that only concern their neighbours (LRM, RLM, ALM) stay. Null when nothing visible is left.
 */
export function cleanBody(text: string, maxUnits: number): string | null {
  let clean = start(text, maxUnits);
  if (suspectInBody.test(clean)) {
    clean = clean
      .replace(lineBreaks, '\n')
      .replaceAll('\t', ' ')
      .replace(removedFromBody, '')
      .replace(blankLines, '\n');
  }
  return visible(clean.trim(), maxUnits);
}

/** A name or a title: one line, single spaces, no control of direction at all. Null when nothing visible is left. */
export function cleanLine(text: string, maxUnits: number): string | null {
  let clean = start(text, maxUnits);
  if (suspectInLine.test(clean)) {
    clean = clean
      .replace(lineBreaks, ' ')
      .replace(/\s+/gu, ' ')
      .replace(removedFromBody, '')
      .replace(removedFromLine, '')
      .replace(/ {2,}/gu, ' ');
  }
  return visible(clean.trim(), maxUnits);
}

function start(text: string, maxUnits: number): string {
  const trimmed = text.trim();
  return trimmed.length > maxUnits * considered ? trimmed.slice(0, maxUnits * considered) : trimmed;
}

function visible(cleaned: string, maxUnits: number): string | null {
  const text = maybePileOfMarks.test(cleaned) ? cleaned.replace(pileOfMarks, '$1') : cleaned;
  const first = text.charCodeAt(0);
  const isVisible = (first > 0x20 && first < 0x7f) || anythingVisible.test(text);
  return isVisible ? truncateText(text, maxUnits * 3, maxUnits) : null;
}
