import { gzipSync } from 'node:zlib';
import { Seeded } from '../../test/fuzz/seeded';
import type { Decoded } from './decode/decode-failure';
import { decodeNotify } from './decode/decode-notify';
import { decodeOffline } from './decode/decode-offline';
import { decodeOnlineStatus, type OnlineStatuses } from './decode/decode-online-status';
import { FewRecipients } from './decode/recipients';
import { smallBytes } from './decode/small-json';

const receivedAtMs = 1_800_000_000_000;

function some<T>(dice: Seeded, most: number, make: () => T): T[] {
  return Array.from({ length: dice.below(most + 1) }, make);
}

const uids = [
  '"a"',
  '"\\u0061"',
  '"b&c"',
  '"b\\u0026c"',
  '"名"',
  '"\\u540d"',
  '"🦀"',
  '"\\ud83e\\udd80"',
  '"\\ud800"',
  '""',
  '"a\\\\"',
  '"a\\""',
  '"\\u0000"',
  `"${'x'.repeat(256)}"`,
  `"${'x'.repeat(257)}"`,
  `"${'\\u0078'.repeat(256)}"`,
  `"${'\\u0078'.repeat(300)}"`,
];
const statuses = ['"a-0-1-5-1-1"', '"a-b-1-0-7-0-0"', '"\\u0061-0-1-5-1-1"', '"a"', '""', '"--0-1-1-1-1"'];
const others = [
  'null',
  'true',
  '5',
  '-1',
  '1e3',
  '0.5',
  '9007199254740993',
  '18446744073709551615',
  '{}',
  '[]',
  '[[]]',
  '{"a":{"b":[]}}',
  '{"red_dot":1}',
  '{"red_dot":1,"red_dot":0,"sync_once":"x"}',
  '[{"to_uids":["z"]}]',
  '"e30="',
  '"5"',
  '"gzip"',
  '"H4sIAAAAAAAA"',
  `${'['.repeat(70)}${']'.repeat(70)}`,
];
const keys = [
  'header',
  'setting',
  'message_id',
  'message_idstr',
  'message\\u005fid',
  'client_msg_no',
  'message_seq',
  'from_uid',
  'channel_id',
  'channel_type',
  'topic',
  'expire',
  'timestamp',
  'payload',
  'to_uids',
  'to\\u005fuids',
  'compress',
  'compress_to_uids',
  'unknown',
  '__proto__',
  '',
];

function listOf(dice: Seeded, elements: readonly string[]): string {
  const odd = dice.below(4) === 0 ? others : elements;
  return `[${some(dice, dice.one([3, 50, 700]), () => dice.one(dice.below(10) === 0 ? odd : elements)).join(' , ')}]`;
}

function numbered(dice: Seeded): string {
  return `[${some(dice, 1_500, () => `"u${dice.below(1_000)}"`).join()}]`;
}

function packed(dice: Seeded): string {
  const bytes = gzipSync(dice.one([listOf(dice, uids), numbered(dice), 'null', '{}', '[1', '"a"']));
  return `"${bytes.subarray(0, dice.below(5) === 0 ? dice.below(bytes.length) : undefined).toString('base64')}"`;
}

function messageOf(dice: Seeded): string {
  const list = (): string => (dice.below(2) === 0 ? listOf(dice, uids) : numbered(dice));
  const whole = [
    '"message_id":2124460524698603521',
    `"channel_type":${dice.one(['1', '2', '"2"'])}`,
    `"channel_id":"c"`,
    `"from_uid":"f"`,
    `"to_uids":${list()}`,
    ...(dice.below(3) === 0 ? [`"compress":"gzip","compress_to_uids":${packed(dice)}`] : []),
  ];
  const more = some(dice, 4, () => `"${dice.one(keys)}":${dice.below(4) === 0 ? list() : dice.one(others)}`);
  for (const field of more) whole.splice(dice.below(whole.length + 1), 0, field);
  if (dice.below(4) === 0) whole.splice(dice.below(whole.length), 1);
  return `{${whole.join(dice.one([',', ' ,\n']))}}`;
}

/** Some of them are no JSON any more. */
function spoiled(dice: Seeded, text: string): string {
  if (dice.below(6) !== 0) return text;
  const at = dice.below(text.length + 1);
  return text.slice(0, at) + dice.one(['', ',', '}', '"', '\\', '[']) + text.slice(at + dice.below(3));
}

/** White space makes it large. */
function enlarged(text: string): string {
  return text + ' '.repeat(smallBytes);
}

/** All but the offset, because nobody knows whether something is missing behind white space or before it. */
function written(result: unknown): string {
  return JSON.stringify(result).replace(/ at byte \d+/, '');
}

async function offline(text: string): Promise<unknown> {
  const limits = { maxInflatedBytes: 1024 * 1024, mayBeHeavy: true };
  const result = await decodeOffline(Buffer.from(text), receivedAtMs, limits);
  if (result === 'heavy' || !result.ok) return result;
  const { recipients } = result.value;
  const groups: (readonly string[])[] = [];
  if (recipients instanceof FewRecipients) groups.push(...recipients.groups);
  else while (!recipients.isDone) groups.push(...(await recipients.next()));
  const { count, unaddressable } = recipients;
  return { ...result.value, recipients: { groups, count, unaddressable } };
}

async function online(text: string): Promise<unknown> {
  const result: Decoded<OnlineStatuses> = await decodeOnlineStatus(Buffer.from(text));
  if (!result.ok) return result;
  const portions: unknown[] = [];
  for (let portion = result.value.next(); portion !== null; portion = result.value.next())
    portions.push(...portion);
  const { applied, malformed } = result.value;
  return { portions, applied, malformed };
}

const rounds = 400;

describe('a body that is parsed at once and one that is read in slices say the same', () => {
  it.each([
    ['msg.offline', offline, (dice: Seeded) => messageOf(dice)],
    [
      'user.onlinestatus',
      online,
      (dice: Seeded) => dice.one([listOf(dice, statuses), listOf(dice, others), '{}']),
    ],
    [
      'msg.notify',
      (text: string) => Promise.resolve(decodeNotify(Buffer.from(text), receivedAtMs)),
      (dice: Seeded) => `[${some(dice, 5, () => dice.one([messageOf(dice), dice.one(others)])).join()}]`,
    ],
  ])('%s', async (_event, decode, make) => {
    const dice = new Seeded(11);
    let taken = 0;
    for (let round = 0; round < rounds; round += 1) {
      const text = spoiled(dice, make(dice));
      if (text === '' || text.length > smallBytes) continue;
      const small = written(await decode(text));
      const large = written(await decode(enlarged(text)));
      if (small !== large) expect({ text, result: small }).toEqual({ text, result: large });
      if (!small.startsWith('{"ok":false')) taken += 1;
    }
    expect(taken).toBeGreaterThan(rounds / 4);
  });
});

it.each(['secret', '{"a":1', '5 5', '[1,]', '{"a":1}}', 'tru'])(
  '%s is no JSON, in whatever event',
  async (text) => {
    for (const decode of [offline, online])
      expect(await decode(text)).toMatchObject({ failure: { reason: 'json', path: '$' } });
    expect(await decodeNotify(Buffer.from(text), receivedAtMs)).toMatchObject({
      failure: { reason: 'json' },
    });
  },
);
