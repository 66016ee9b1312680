import type { JsonObject } from '../shared/json-object';
import { asObject, asString } from './json-fields';

const visitedNodes = 200;
const visitedDepth = 6;
const enoughUnits = 2000;
/** Of JSON that is parsed to be shown. */
const longestBlocks = 16 * 1024;

/**
 * The words of a rich text message (type 14), best effort, because its clients disagree: `plain`, or `content` as a
 * string, or as a list of blocks `{type: "text", text}` (a Quill delta's `insert` is read alike). Empty when there are none.
 */
export function richText(payload: JsonObject): string {
  const plain = asString(payload['plain']);
  if (plain !== null && plain !== '') return plain;
  const content = payload['content'];
  if (typeof content !== 'string') return wordsOf(content);
  const blocks = parsedBlocks(content);
  return blocks === null ? content : wordsOf(blocks);
}

function wordsOf(content: unknown): string {
  const words: string[] = [];
  collect(content, 0, { nodes: 0, units: 0, words });
  return words.join('');
}

/** Blocks that were written as JSON within the JSON; null: it is plain text. */
function parsedBlocks(content: string): object | null {
  if (!/^\s*(?:\[\s*)?\{/.test(content) || content.length > longestBlocks) return null;
  try {
    const blocks: unknown = JSON.parse(content);
    return typeof blocks === 'object' ? blocks : null;
  } catch {
    return null;
  }
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
