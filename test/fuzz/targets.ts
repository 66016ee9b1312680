import { LeanConnection } from '../../src/transport/lean/lean-connection';
import { HeaderDecoder } from '../../src/transport/lean/header-decoder';
import type { Exchange } from '../../src/transport/exchange';
import { type Conversation, connectionOptions, exchangeOf, ignorant } from './conversation';
import { MemorySocket } from './memory-socket';
import { frame, mutate } from './mutation';
import { ReferenceDecoder } from './reference-decoder';
import type { Seeded } from './seeded';

const clock = { now: () => performance.now(), monotonicMs: () => performance.now() };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What came out of one case, so that a run says what it has reached. */
export type Reached = 'answered' | 'ended' | 'open';

/**
 * Feeds a connection what a conversation became by faults. Throws when it throws, when an exchange ends twice or never, or
 * when it writes what is no HTTP/2.
 */
export async function fuzzConnection(
  random: Seeded,
  conversations: readonly Conversation[],
): Promise<Reached> {
  const conversation = random.one(conversations);
  const bytes = pickBytes(random, conversation, conversations);
  try {
    return await feed(random, conversation, bytes);
  } catch (error) {
    throw new Error(`fed ${bytes.toString('hex')}`, { cause: error });
  }
}

async function feed(random: Seeded, conversation: Conversation, bytes: Buffer): Promise<Reached> {
  const socket = new MemorySocket();
  const state = { finished: new Map<Exchange, number>(), left: 0, gone: 0, answered: 0, unsent: 0 };
  const count = (exchange: Exchange): void => {
    state.finished.set(exchange, (state.finished.get(exchange) ?? 0) + 1);
  };
  const connection = new LeanConnection(socket, 'memory', connectionOptions, clock, {
    ...ignorant,
    onOpen: () => {
      for (const request of conversation.requests) {
        if (connection.openStreams >= connection.streamLimit) return;
        const exchange: Exchange = exchangeOf(request, (result) => {
          if (result.kind === 'response') state.answered += 1;
          count(exchange);
        });
        state.finished.set(exchange, 0);
        connection.send(exchange, clock.now());
      }
    },
    onRefused: (exchanges, cause) => {
      exchanges.forEach(count);
      if (!/^peer (sent|refused)/.test(cause)) state.unsent += exchanges.length;
    },
    onLeave: () => (state.left += 1),
    onGone: () => (state.gone += 1),
  });
  for (let at = 0; at < bytes.length;) {
    const length = random.next() < 0.3 ? 1 + random.below(12) : 1 + random.below(bytes.length);
    socket.arrive(Buffer.from(bytes.subarray(at, at + length)));
    at += length;
    if (random.next() < 0.1) await turn();
    if (random.next() < 0.02) connection.drain();
  }
  await turn();
  const reached: Reached =
    state.left > 0 ? 'ended' : state.answered === conversation.requests.length ? 'answered' : 'open';
  connection.upkeep(clock.now());
  connection.destroy('the case is over');
  await turn();
  await turn();
  if (connection.openStreams !== 0)
    throw new Error(`${connection.openStreams} streams are open after the end`);
  if (state.left > 1 || state.gone !== 1)
    throw new Error(`left ${state.left} times, gone ${state.gone} times`);
  for (const times of state.finished.values())
    if (times !== 1) throw new Error(`an exchange ended ${times} times`);
  const streams = checkWritten(Buffer.concat(socket.written));
  if (streams + state.unsent > state.finished.size)
    throw new Error('what was given back as unsent was written');
  return reached;
}

function pickBytes(random: Seeded, conversation: Conversation, all: readonly Conversation[]): Buffer {
  const chance = random.next();
  if (chance < 0.02) return conversation.bytes;
  if (chance < 0.07) return random.bytes(random.below(400));
  if (chance < 0.2) {
    const greeting = Buffer.from('000000040000000000', 'hex');
    return Buffer.concat([greeting, ...Array.from({ length: random.below(30) }, () => frame(random))]);
  }
  return mutate(
    random,
    conversation.bytes,
    all.map(({ bytes }) => bytes),
  );
}

const prefaceBytes = 24;

/** Whole frames, none too large, streams opened in order, data only where a stream is open. Returns how many were. */
function checkWritten(bytes: Buffer): number {
  let opened = -1;
  let streams = 0;
  for (let at = prefaceBytes; at < bytes.length;) {
    if (bytes.length - at < 9) throw new Error('a torn frame was written');
    const length = bytes.readUIntBE(at, 3);
    const [type, streamId] = [bytes[at + 3], bytes.readUInt32BE(at + 5)];
    if (length > 16_384) throw new Error('a frame that is too large was written');
    if (type === 1 && streamId <= opened) throw new Error('streams were opened out of order');
    if (type === 1) {
      opened = streamId;
      streams += 1;
    }
    if ((type === 0 || type === 3) && (streamId > opened || streamId === 0))
      throw new Error('a frame was written on a stream that is not open');
    at += 9 + length;
    if (at > bytes.length) throw new Error('a torn frame was written');
  }
  return streams;
}

const prefixes = [0x00, 0x0f, 0x10, 0x20, 0x3f, 0x40, 0x48, 0x7f, 0x80, 0x88, 0xbe, 0xff];

/**
 * Feeds one decoder blocks that look like header compression. Throws when it throws, keeps more than it may, or understands
 * something else than the reference does.
 */
export function fuzzDecoder(random: Seeded): void {
  const decoder = new HeaderDecoder();
  const reference = new ReferenceDecoder();
  for (let blocks = 1 + random.below(12); blocks > 0; blocks -= 1) {
    const block = someBlock(random);
    // Not alone in its memory, so that reading too far would find something.
    const around = Buffer.concat([random.bytes(8), block, random.bytes(40)]);
    const fields: [string, string][] = [];
    const fault = decoder.decode(around, 8, 8 + block.length, {
      field: (name, value) => fields.push([name, value]),
    });
    const expected = decodeByReference(reference, block);
    if ((fault === null) !== (expected !== null))
      throw new Error(`${block.toString('hex')}: ${fault ?? 'taken'}, unlike the reference`);
    if (fault !== null) return;
    if (JSON.stringify(fields) !== JSON.stringify(expected))
      throw new Error(`${block.toString('hex')}: other fields than the reference`);
    if (JSON.stringify(tableOf(decoder)) !== JSON.stringify(reference.entries))
      throw new Error(`${block.toString('hex')}: another table than the reference's`);
    if (random.next() < 0.1) {
      decoder.forbidTable();
      reference.forbidTable();
    }
  }
}

function decodeByReference(
  reference: ReferenceDecoder,
  block: Buffer,
): (readonly [name: string, value: string])[] | null {
  try {
    return reference.decode(block);
  } catch {
    return null;
  }
}

/** Mostly what an encoder could have written, in whatever order; now and then a few bytes of anything. */
function someBlock(random: Seeded): Buffer {
  const parts: Buffer[] = [];
  // A small table, so that entries come and go.
  if (random.next() < 0.2) parts.push(Buffer.of(0x3f, random.below(128)));
  for (let left = random.below(10); left > 0; left -= 1) {
    const chance = random.next();
    if (chance < 0.1) parts.push(Buffer.of(random.one(prefixes)));
    else if (chance < 0.15) parts.push(random.bytes(random.below(6)));
    else if (chance < 0.45) parts.push(Buffer.of(0x80 | random.below(75)));
    else parts.push(someLiteral(random));
  }
  return Buffer.concat(parts);
}

function someLiteral(random: Seeded): Buffer {
  const index = random.next() < 0.5 ? 0 : random.below(15);
  const parts: Buffer[] = [Buffer.of(random.one([0x00, 0x10, 0x40, 0x40]) | index)];
  for (let strings = index === 0 ? 2 : 1; strings > 0; strings -= 1) {
    const length = random.one([0, 1, 2, 5, 30, 126]);
    // All zeros are a good Huffman code of five bits each; a length of 5 leaves no padding.
    const isHuffman = random.next() < 0.3;
    const bytes =
      isHuffman && random.next() < 0.7 ? Buffer.alloc(length - (length % 5)) : random.bytes(length);
    parts.push(Buffer.of(bytes.length | (isHuffman ? 0x80 : 0)), bytes);
  }
  return Buffer.concat(parts);
}

/** Asks for each entry by its index, which changes nothing, until there is none. */
function tableOf(decoder: HeaderDecoder): [name: string, value: string][] {
  const entries: [name: string, value: string][] = [];
  for (let index = firstDynamicIndex; ; index += 1) {
    const above = index - 0x7f;
    const block = above < 0 ? Buffer.of(0x80 | index) : Buffer.of(0xff, ...longInteger(above));
    const sink = { field: (name: string, value: string) => void entries.push([name, value]) };
    if (decoder.decode(block, 0, block.length, sink) !== null) return entries;
  }
}

const firstDynamicIndex = 62;

/** https://www.rfc-editor.org/rfc/rfc7541#section-5.1, what follows a full prefix. */
function longInteger(value: number): number[] {
  return value < 0x80 ? [value] : [0x80 | (value & 0x7f), ...longInteger(value >>> 7)];
}

/**
 * Feeds two connections the same bytes, whole and torn to pieces. Throws when that makes a difference to what they answer or
 * write.
 */
export async function fuzzTearing(random: Seeded, conversations: readonly Conversation[]): Promise<void> {
  const conversation = random.one(conversations);
  const bytes = pickBytes(random, conversation, conversations);
  const whole = await replay(conversation, [bytes]);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = random.one([1, 1, 2, 7, 9, 10, 100, 5000]);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  const torn = await replay(conversation, pieces);
  if (whole !== torn) throw new Error(`fed ${bytes.toString('hex')}: ${whole} whole, ${torn} torn`);
}

async function replay(conversation: Conversation, pieces: readonly Buffer[]): Promise<string> {
  const socket = new MemorySocket();
  const seen: string[] = [];
  const connection = new LeanConnection(socket, 'memory', connectionOptions, clock, {
    ...ignorant,
    onOpen: () =>
      conversation.requests.forEach((request, i) => {
        if (connection.openStreams >= connection.streamLimit) return;
        connection.send(
          exchangeOf(request, (result) => seen.push(`${i} ${JSON.stringify(result)}`)),
          clock.now(),
        );
      }),
    onRefused: (exchanges, cause) => seen.push(`${exchanges.length} refused: ${cause}`),
    onLeave: (_, cause) => seen.push(`left: ${cause}`),
  });
  for (const piece of pieces) socket.arrive(Buffer.from(piece));
  await turn();
  seen.push(`${connection.openStreams} open, wrote ${Buffer.concat(socket.written).toString('hex')}`);
  connection.destroy('the case is over');
  return seen.join('\n');
}
