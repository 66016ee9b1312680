import type { JsonObject } from '../shared/json-object';
import { asObject, asString, encodedTwice } from './json-fields';

const visitedNodes = 200;
const visitedDepth = 6;
const enoughUnits = 2000;

/**
 * The words of a rich text message (type 14), best effort, because its clients disagree: `plain`, or `content` as a
 * string, or as a list of blocks `{type: "text", text}` (a Quill delta's `insert` is read alike). Empty when there are none.
 */
export function richText(payload: JsonObject): string {
  const plain = asString(payload['plain']);
  if (plain !== null && plain !== '') return plain;
  const text = blockText(payload['content']);
  return /^\s*<[a-z]/i.test(text) ? withoutMarkup(text) : text;
}

/** A text; of blocks, or of an object that a text wraps as JSON, the words. Nobody reads JSON, so it is empty where there are none. */
export function blockText(content: unknown): string {
  if (typeof content !== 'string') return wordsOf(content);
  const blocks = /^\s*(?:\[\s*)?\{/.test(content) ? encodedTwice(content) : null;
  return blocks === null ? content : wordsOf(blocks);
}

/** Of HTML, whose paragraphs are lines. */
function withoutMarkup(html: string): string {
  return html
    .slice(0, enoughUnits * 4)
    .replace(/<(?:br|\/(?:p|div|li|h\d))\b[^<>]*>/gi, '\n')
    .replace(/<[^<>]*>/g, '')
    .replace(/&(?:lt|gt|quot|#39|nbsp|amp);/g, (entity) => entities[entity] ?? entity);
}

const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&nbsp;': ' ',
  '&amp;': '&',
};

function wordsOf(content: unknown): string {
  const words: string[] = [];
  collect(content, 0, { nodes: 0, units: 0, words });
  return words.join('');
}

interface Collected {
  nodes: number;
  units: number;
  readonly words: string[];
}

function collect(node: unknown, depth: number, into: Collected): void {
  into.nodes += 1;
  if (into.nodes > visitedNodes || into.units > enoughUnits || depth > visitedDepth) return;
  if (typeof node === 'string') {
    into.words.push(node);
    into.units += node.length;
  } else if (Array.isArray(node)) {
    for (const item of node.slice(0, visitedNodes)) collect(item, depth + 1, into);
  } else {
    const block = asObject(node);
    if (block === null) return;
    collect(
      block['text'] ?? block['insert'] ?? block['content'] ?? block['children'] ?? block['ops'],
      depth + 1,
      into,
    );
  }
}
