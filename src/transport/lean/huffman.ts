/**
 * Bits of each symbol's code, the end of string last. The code is canonical, so the lengths say all of it:
 * https://www.rfc-editor.org/rfc/rfc7541#appendix-B
 */
// prettier-ignore
const codeBits = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
] as const;

const endOfString = 256;
const maxPaddingBits = 7;
const hasSymbol = 0x1_0000;
const isFault = 0x2_0000;

interface Node {
  readonly id: number;
  readonly depth: number;
  /** Reached by ones only: a string may end here. */
  readonly isPadding: boolean;
  readonly children: (Node | number | null)[];
}

/**
 * The code as a machine that takes four bits a step: `state * 16 + bits` leads to the next state (bits 0 to 7), a symbol that
 * ended on the way (8 to 15), and whether there is one (16) or the step is no code at all (17).
 */
const { steps: STEPS, ends: ENDS } = buildMachine(buildTree());

/**
 * Decodes `bytes` from `start` to `end` into `target`, which must hold 8/5 of them. Returns how many bytes that made, or -1 for
 * what no encoder may write: an end of string, or padding that is too long or not of ones.
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number, target: Uint8Array): number {
  let state = 0;
  let written = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number;
    const high = STEPS[(state << 4) | (byte >>> 4)] as number;
    if ((high & hasSymbol) !== 0) target[written++] = (high >>> 8) & 0xff;
    const low = STEPS[((high & 0xff) << 4) | (byte & 0xf)] as number;
    if (((high | low) & isFault) !== 0) return -1;
    if ((low & hasSymbol) !== 0) target[written++] = (low >>> 8) & 0xff;
    state = low & 0xff;
  }
  return ENDS[state] === 1 ? written : -1;
}

function buildTree(): Node[] {
  const nodes: Node[] = [{ id: 0, depth: 0, isPadding: true, children: [null, null] }];
  const symbols = codeBits
    .map((bits, symbol) => ({ bits, symbol }))
    .sort((a, b) => a.bits - b.bits || a.symbol - b.symbol);
  let code = 0;
  let lastBits = 0;
  for (const { bits, symbol } of symbols) {
    code *= 2 ** (bits - lastBits);
    lastBits = bits;
    addCode(nodes, code, bits, symbol);
    code += 1;
  }
  return nodes;
}

function addCode(nodes: Node[], code: number, bits: number, symbol: number): void {
  let node = nodes[0] as Node;
  for (let left = bits - 1; left > 0; left -= 1) {
    const bit = (code >>> left) & 1;
    let child = node.children[bit] as Node | null;
    if (child === null) {
      child = {
        id: nodes.length,
        depth: node.depth + 1,
        isPadding: node.isPadding && bit === 1,
        children: [null, null],
      };
      nodes.push(child);
      node.children[bit] = child;
    }
    node = child;
  }
  node.children[code & 1] = symbol;
}

function buildMachine(nodes: readonly Node[]): { readonly steps: Uint32Array; readonly ends: Uint8Array } {
  const steps = new Uint32Array(nodes.length * 16);
  const ends = new Uint8Array(nodes.length);
  for (const node of nodes) {
    if (node.isPadding && node.depth <= maxPaddingBits) ends[node.id] = 1;
    for (let bits = 0; bits < 16; bits += 1) steps[node.id * 16 + bits] = step(nodes, node, bits);
  }
  return { steps, ends };
}

function step(nodes: readonly Node[], from: Node, bits: number): number {
  let node = from;
  let symbolPart = 0;
  for (let left = 3; left >= 0; left -= 1) {
    const child = node.children[(bits >>> left) & 1];
    if (child === null || child === undefined || child === endOfString) return isFault;
    if (typeof child === 'number') {
      symbolPart = hasSymbol | (child << 8);
      node = nodes[0] as Node;
    } else node = child;
  }
  return symbolPart | node.id;
}
