import { gzipSync } from 'node:zlib';
import { Seeded } from '../fuzz/seeded';

export interface HostileBody {
  /** What it is made of, for a message that names it. */
  readonly name: string;
  readonly event: 'msg.offline' | 'user.onlinestatus' | 'msg.notify';
  readonly bytes: Buffer;
}

const elements = [
  '{}',
  '[]',
  '[[]]',
  '{"a":{}}',
  '5',
  '1e308',
  'null',
  '""',
  '"a"',
  '"\\u0061"',
  '"\\ud800"',
];
const fields = [
  'header',
  'setting',
  'from_uid',
  'channel_id',
  'payload',
  'topic',
  'expire',
  'to_uids',
  'unknown',
];
const shapes = ['list', 'keys', 'same key', 'deep', 'long', 'digits'] as const;

/** Values of about so many bytes: wide, deep, long, repeated. */
function valueOf(random: Seeded, bytes: number): readonly [name: string, text: string] {
  const shape = random.one(shapes);
  const element = random.one(elements);
  const times = (text: string): number => Math.max(1, Math.floor(bytes / text.length));
  switch (shape) {
    case 'list':
      return [`list of ${element}`, `[${`${element},`.repeat(times(`${element},`))}${element}]`];
    case 'keys':
      return [shape, `{${Array.from({ length: times('"k1234567":1,') }, (_, at) => `"k${at}":1`).join()}}`];
    case 'same key':
      return [`same key, ${element}`, `{${`"k":${element},`.repeat(times(`"k":${element},`))}"k":1}`];
    case 'deep':
      return [shape, `${'['.repeat(times('[]'))}${']'.repeat(times('[]'))}`];
    case 'long':
      return [shape, `"${'\\u0061'.repeat(times('\\u0061'))}"`];
    case 'digits':
      return [shape, '9'.repeat(bytes)];
    default:
      return shape satisfies never;
  }
}

/** Without end, the same for the same seed. No value is much longer than `maxBytes`. */
export function* hostileBodies(seed: number, maxBytes: number): Generator<HostileBody> {
  const random = new Seeded(seed);
  for (;;) {
    const [name, value] = valueOf(random, random.one([100, 20_000, 300_000, maxBytes]));
    const field = random.one(fields);
    const message = `{"message_id":1,"channel_id":"c","channel_type":2,"to_uids":["a"],"${field}":${value}}`;
    const packed = gzipSync(value).toString('base64');
    const event = random.one(['msg.offline', 'user.onlinestatus', 'msg.notify'] as const);
    const text = random.one([
      value,
      message,
      `[${message}]`,
      `{"message_id":1,"channel_id":"c","channel_type":2,"compress":"gzip","compress_to_uids":"${packed}"}`,
    ]);
    yield { name: `${event}: ${name} in ${field}`, event, bytes: Buffer.from(text) };
  }
}
