import { gzipSync } from 'node:zlib';
import { decodeOffline } from './decode-offline';
import { FewRecipients } from './recipients';

const receivedAtMs = 1_800_000_000_500;
const maxInflatedBytes = 1024 * 1024;
const limits = { maxInflatedBytes, mayBeHeavy: true };

const event = {
  header: { no_persist: 0, red_dot: 1, sync_once: 0 },
  setting: 0,
  message_id: 1,
  message_idstr: '2124460524698603520',
  client_msg_no: 'c1',
  message_seq: 1,
  from_uid: 'alice',
  channel_id: 'g',
  channel_type: 2,
  expire: 0,
  timestamp: 1795345834,
  payload: 'e30=',
  to_uids: ['bob', 'carol'],
};

/** With all its recipients. */
async function decodeBody(body: Buffer) {
  const result = await decodeOffline(body, receivedAtMs, limits);
  if (result === 'heavy') throw new Error('heavy, though it may be');
  if (!result.ok) return result;
  const { recipients } = result.value;
  const groups: (readonly string[])[] = [];
  if (recipients instanceof FewRecipients) groups.push(...recipients.groups);
  else while (!recipients.isDone) groups.push(...(await recipients.next()));
  const { count, unaddressable } = recipients;
  return { ok: true as const, value: { ...result.value, recipients: { groups, count, unaddressable } } };
}

function decodeText(text: string) {
  return decodeBody(Buffer.from(text));
}

function decode(fields: Record<string, unknown>) {
  return decodeText(JSON.stringify({ ...event, ...fields }));
}

async function groups(fields: Record<string, unknown>): Promise<readonly (readonly string[])[]> {
  const result = await decode(fields);
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value.recipients.groups;
}

describe('decodeOffline', () => {
  it('reads an id over 2^53 exactly, also from the number alone', async () => {
    const text = JSON.stringify({ ...event, message_idstr: undefined, message_id: 0 }).replace(
      '"message_id":0',
      '"message_id":2124460524698603521',
    );
    const result = await decodeText(text);
    expect(result.ok && result.value.message.messageId).toBe('2124460524698603521');
  });

  it('needs the id, the channel and nothing else', async () => {
    const result = await decodeText('{"message_id":5,"channel_id":"c","channel_type":1,"more":{"x":[1]}}');
    expect(result.ok && result.value).toMatchObject({
      message: {
        messageId: '5',
        fromUid: '',
        payload: '',
        expireSeconds: 0,
        redDot: true,
        timestampSeconds: 1_800_000_000,
      },
      recipients: { groups: [], count: 0 },
      loss: null,
    });
  });

  it('takes null for every field that Go leaves empty', async () => {
    expect(
      await groups({
        header: null,
        payload: null,
        topic: null,
        compress: null,
        compress_to_uids: null,
        source_id: null,
      }),
    ).toEqual([['bob', 'carol']]);
  });

  it.each([
    [{ message_idstr: 'x', message_id: 0 }, '$.message_id'],
    [{ message_idstr: '', message_id: 0 }, '$.message_id'],
    [{ channel_id: '' }, '$.channel_id'],
    [{ channel_id: null }, '$.channel_id'],
    [{ channel_id: {} }, '$.channel_id'],
    [{ channel_type: 'group' }, '$.channel_type'],
    [{ channel_type: undefined }, '$.channel_type'],
    [{ channel_type: 300 }, '$.channel_type'],
    [{ to_uids: 'bob' }, '$.to_uids'],
    [{ to_uids: { length: 3 } }, '$.to_uids'],
    [{ to_uids: Array.from({ length: 1_001 }, () => ({})) }, '$.to_uids[1000]'],
  ])('refuses %j by its path', async (fields, path) => {
    expect(await decode(fields)).toMatchObject({ ok: false, failure: { path } });
  });

  const oddTexts = [5, {}, [], true, '\ud800'];
  const oddNumbers = ['3600', -1, 1.5, 1e300, {}, [], true];
  const oddFlags = ['yes', 2, -1, {}, []];
  const oddFields: Readonly<Record<string, readonly unknown[]>> = {
    message_idstr: ['x', '0', 5, {}, '1'.repeat(21)],
    client_msg_no: [...oddTexts, 'x'.repeat(1_025), '名'.repeat(342)],
    from_uid: [...oddTexts, 'x'.repeat(257), '名'.repeat(86)],
    topic: [...oddTexts, 'x'.repeat(4_097)],
    message_seq: oddNumbers,
    setting: [...oddNumbers, 256],
    expire: [...oddNumbers, 2 ** 32],
    timestamp: [...oddNumbers, 'now', 8.65e12],
    header: [[], 'x', 5, true],
    payload: [{ type: 1 }, [], 5, 'not base64!', 'e30', 'A'.repeat(1_398_105 + 3)],
    channel_id: [5, 'x'.repeat(1_025), 'x'.repeat(300_000), '\ud800'],
  };
  const oddHeaders = ['no_persist', 'red_dot', 'sync_once'].flatMap((flag) =>
    oddFlags.map((value): [string, unknown] => [flag, value]),
  );
  const oddOnes: readonly (readonly [string, Record<string, unknown>])[] = [
    ...Object.entries(oddFields).flatMap(([field, values]) =>
      values.map((value): [string, Record<string, unknown>] => [field, { [field]: value }]),
    ),
    ...oddHeaders.map(([flag, value]): [string, Record<string, unknown>] => [
      flag,
      { header: { [flag]: value } },
    ]),
  ];

  it('takes the default of every other field that is odd, names it, and keeps the rest', async () => {
    for (const [field, fields] of oddOnes) {
      const result = await decode({ message_id: 7, ...fields });
      if (!result.ok) throw new Error(`${JSON.stringify(fields)}: ${JSON.stringify(result.failure)}`);
      const { message, recipients, odd } = result.value;
      expect([field, odd, recipients.groups, message.channelType]).toEqual([
        field,
        [field],
        [['bob', 'carol']],
        2,
      ]);
    }
    expect(oddOnes.length).toBeGreaterThan(70);
  });

  it('takes a message with everything odd that may be', async () => {
    const fields = Object.entries(oddFields).map(([field, [value]]) => [field, value] as const);
    const result = await decode({ ...Object.fromEntries(fields), channel_type: '2', message_id: 7 });
    expect(result.ok && result.value).toMatchObject({
      message: {
        messageId: '7',
        channelId: '5',
        channelType: 2,
        fromUid: '',
        payload: '',
        timestampSeconds: 1_800_000_000,
      },
      recipients: { count: 2 },
    });
  });

  it.each(['', 5, null, {}, [], true, 'x'.repeat(257), '\ud800', '名'.repeat(86)])(
    'leaves out the uid %j and keeps the others',
    async (uid) => {
      for (const uids of [
        [uid, 'bob'],
        ['bob', uid],
        ['bob', uid, uid, 'carol', uid],
      ]) {
        const result = await decode({ to_uids: uids });
        const left = uids.filter((one) => one === 'bob' || one === 'carol');
        expect(result.ok && result.value.recipients).toEqual({
          groups: [left],
          count: left.length,
          unaddressable: uids.length - left.length,
        });
      }
      const alone = await decode({ to_uids: [uid] });
      expect(alone.ok && alone.value.recipients).toEqual({ groups: [], count: 0, unaddressable: 1 });
    },
  );

  it.each([
    ['x@y.com', 'carol2', 'carol2'],
    ['alice', 'carol', 'carol'],
    ['alice', 'alice@carol', 'carol'],
    ['alice', 'carol@alice', 'carol'],
    ['x@y.com', 'x@y.com@carol', 'carol'],
    ['', 'carol', 'carol'],
    [{}, 'carol', 'carol'],
  ])(
    'finds who a person channel is for where no uid says it: from %j, channel %s',
    async (from, channel, peer) => {
      for (const uids of [[''], [null], ['', 5, 'x'.repeat(300)]]) {
        const result = await decode({ from_uid: from, channel_id: channel, channel_type: 1, to_uids: uids });
        expect(result.ok && result.value.recipients).toMatchObject({
          groups: [[peer]],
          unaddressable: uids.length,
        });
      }
      const nobody = await decode({ from_uid: from, channel_id: channel, channel_type: 1, to_uids: [] });
      expect(nobody.ok && nobody.value.recipients.count).toBe(0);
    },
  );

  it('takes a message between two whose channel is odd: the sender is where it belongs', async () => {
    for (const channel of [undefined, null, '', {}, 5, 'x'.repeat(2_000)]) {
      const result = await decode({ channel_id: channel, channel_type: 1 });
      expect(result.ok && [result.value.recipients.count, result.value.message.fromUid]).toEqual([
        2,
        'alice',
      ]);
    }
  });

  it.each([
    [{ compress: 1, compress_to_uids: 'AAAA' }],
    [{ compress: 'gzip', compress_to_uids: ['a'] }],
    [{ compress_to_uids: {} }],
  ])('keeps the plain list beside the odd %j, and counts what is lost', async (fields) => {
    const result = await decode(fields);
    expect(result.ok && [result.value.recipients.count, result.value.loss]).toEqual([
      2,
      'compression_unknown',
    ]);
  });

  it('removes duplicates and unites the plain and the compressed list', async () => {
    const compressed = gzipSync(JSON.stringify(['carol', 'dave', 'bob'])).toString('base64');
    expect(
      await groups({ to_uids: ['bob', 'carol', 'bob'], compress: 'gzip', compress_to_uids: compressed }),
    ).toEqual([['bob', 'carol', 'dave']]);
  });

  it('leaves out what no device can be registered under, without losing the others', async () => {
    const result = await decode({ to_uids: ['', 'bob', 'x'.repeat(300), '\ud800', '名'.repeat(85)] });
    expect(result.ok && result.value.recipients).toMatchObject({
      groups: [['bob', '名'.repeat(85)]],
      count: 2,
      unaddressable: 3,
    });
  });

  it('keeps the plain list beside a compression that it does not know', async () => {
    const result = await decode({ compress: 'zstd', compress_to_uids: 'AAAA' });
    expect(result.ok && [result.value.recipients.count, result.value.loss]).toEqual([
      2,
      'compression_unknown',
    ]);
  });

  it('splits at the group size', async () => {
    const uids = Array.from({ length: 1_001 }, (_, index) => `u${index}`);
    expect((await groups({ to_uids: uids })).map((group) => group.length)).toEqual([500, 500, 1]);
  });

  it('is not fooled by the names of the language', async () => {
    const uids = ['__proto__', 'constructor', 'toString'];
    const text = JSON.stringify({ ...event, to_uids: uids }).replace('{', '{"__proto__":{"expire":5},');
    const result = await decodeText(text);
    expect(result.ok && [result.value.recipients.groups, result.value.message.expireSeconds]).toEqual([
      [uids],
      0,
    ]);
  });
});

/** mulberry32: the same numbers on every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

describe('decodeOffline, fed with noise', () => {
  const uids = Array.from({ length: 40 }, (_, index) => `user-${index}"\\é`);
  const pick = (random: () => number, below: number): number => Math.floor(random() * below);

  function mutate(bytes: Buffer, random: () => number): Buffer {
    const copy = Buffer.from(bytes);
    for (let count = pick(random, 4); count >= 0; count--)
      copy[pick(random, copy.length)] = pick(random, 256);
    return random() < 0.3 ? copy.subarray(0, pick(random, copy.length)) : copy;
  }

  it('only ever answers with a value or a typed failure, and with no uid that was not sent', async () => {
    const random = seeded(20261122);
    const packed = gzipSync(JSON.stringify(uids));
    let taken = 0;
    for (let round = 0; round < 600; round++) {
      const cut = packed.subarray(0, pick(random, packed.length + 1)).toString('base64');
      const body = Buffer.from(
        JSON.stringify({ ...event, to_uids: uids.slice(0, 5), compress: 'gzip', compress_to_uids: cut }),
      );
      const sent = random() < 0.4 ? body : mutate(body, random);
      const result = await decodeBody(sent);
      if (!result.ok) {
        expect(result.failure.path).toMatch(/^\$/);
        continue;
      }
      taken++;
      if (sent === body) {
        for (const uid of result.value.recipients.groups.flat()) expect(uids).toContain(uid);
        continue;
      }
      // Changed bytes may spell another plain uid; it must then stand in what was sent. A cut stream has no checksum:
      // where its own bytes were changed nobody can tell what it named.
      const read = JSON.parse(sent.toString()) as { to_uids?: string[]; compress_to_uids?: string };
      if (read.compress_to_uids !== cut && read.compress_to_uids !== undefined) continue;
      const named = new Set([...uids, ...(read.to_uids ?? [])]);
      expect(result.value.recipients.groups.flat().filter((uid) => !named.has(uid))).toEqual([]);
    }
    expect(taken).toBeGreaterThan(200);
  });

  it('survives pure noise', async () => {
    const random = seeded(7);
    for (let round = 0; round < 400; round++) {
      const noise = Buffer.from(Array.from({ length: pick(random, 64) }, () => pick(random, 256)));
      expect(await decodeBody(noise)).toMatchObject({ ok: false });
    }
  });
});

describe('decodeOffline of a large body', () => {
  const many = Array.from({ length: 20_000 }, (_, index) => `member-of-the-group-${index}`);

  it('is read like any other', async () => {
    const uids = [...many, 'bob', 'member-of-the-group-7', '', 'carol'];
    const result = await decode({ message_idstr: '', message_id: 5, to_uids: uids });
    if (!result.ok) throw new Error(JSON.stringify(result.failure));
    const { message, recipients } = result.value;
    expect(recipients.groups.flat()).toEqual([...many, 'bob', 'carol']);
    expect(recipients).toMatchObject({ count: 20_002, unaddressable: 1 });
    expect(message).toMatchObject({ messageId: '5', fromUid: 'alice', channelId: 'g' });
  });

  it.each([
    [
      'numbers behind the uids',
      { to_uids: [...many, ...Array<number>(1_001).fill(5)] },
      'type',
      '$.to_uids[21000]',
    ],
    ['a wrong channel', { to_uids: many, channel_id: {} }, 'missing', '$.channel_id'],
  ])('says where it is broken: %s', async (_, fields, reason, path) => {
    expect(await decode(fields)).toMatchObject({ ok: false, failure: { reason, path } });
  });

  it('tells of a compressed list that is not there, as in a small one', async () => {
    const padding = 'A'.repeat(300_000);
    for (const payload of ['', padding]) {
      const result = await decode({ payload, to_uids: [], compress: 'gzip', compress_to_uids: '' });
      expect(result).toMatchObject({ ok: true, value: { loss: 'gzip_truncated' } });
    }
  });

  it('is refused where its JSON breaks', async () => {
    const text = JSON.stringify({ ...event, to_uids: many }).replace('"member-of-the-group-9000",', ',');
    expect(await decodeText(text)).toMatchObject({ ok: false, failure: { reason: 'json', path: '$' } });
  });
});

describe('compress_to_uids', () => {
  const many = Array.from({ length: 20_000 }, (_, index) => `user-${(index * 7919) % 20_000}-名`);
  const pack = (text: string): Buffer => gzipSync(Buffer.from(text));

  async function uidsIn(packed: Buffer | string) {
    const base64 = typeof packed === 'string' ? packed : packed.toString('base64');
    const result = await decode({ to_uids: undefined, compress: 'gzip', compress_to_uids: base64 });
    if (!result.ok) return result.failure;
    const { recipients, loss } = result.value;
    return { uids: recipients.groups.flat(), loss };
  }

  it.each([
    ['a short list', ['a', 'b']],
    ['a list over what is inflated at once', many],
    ['no uids', []],
  ])('reads %s', async (_name, uids) => {
    expect(await uidsIn(pack(`${JSON.stringify(uids)}\n`))).toEqual({ uids, loss: null });
  });

  it('reads the null of an empty Go slice', async () => {
    expect(await uidsIn(pack('null\n'))).toEqual({ uids: [], loss: null });
  });

  it('salvages a prefix wherever the stream is cut', async () => {
    const whole = pack(JSON.stringify(many));
    let most = 0;
    for (let cut = 1; cut < whole.length; cut += Math.ceil(whole.length / 60)) {
      const { uids = [], loss } = (await uidsIn(whole.subarray(0, cut))) as Partial<{
        uids: string[];
        loss: string;
      }>;
      expect(loss).toBe('gzip_truncated');
      expect(uids).toEqual(many.slice(0, uids.length));
      most = Math.max(most, uids.length);
    }
    expect(most).toBeGreaterThan(15_000);
  });

  it('misses nothing when only the trailer is cut', async () => {
    expect(await uidsIn(pack('["a","b"]').subarray(0, -4))).toEqual({ uids: ['a', 'b'], loss: null });
  });

  it.each([
    ['["a","b', ['a']],
    ['["a","b"', ['a', 'b']],
    ['["a\\"","b\\', ['a"']],
    ['["a",",b', ['a']],
    ['["a\\\\","b","c\\u00', ['a\\', 'b']],
    ['["a",5,"b"]x', ['a', 'b']],
    ['["a",[5,{"b', ['a']],
    ['[', []],
    ['"a","b"', []],
    ['{"a":"b"}', []],
  ])('takes complete strings only out of %s', async (text, uids) => {
    expect(await uidsIn(pack(text))).toEqual({ uids, loss: 'gzip_truncated' });
  });

  it('drops what UTF-8 was cut or broken in', async () => {
    const text = Buffer.concat([Buffer.from('["a","b'), Buffer.from([0xe5, 0x90]), Buffer.from('","c"]')]);
    expect(await uidsIn(gzipSync(text))).toEqual({ uids: ['a', 'c'], loss: 'gzip_truncated' });
  });

  it('salvages what comes before broken bytes', async () => {
    const whole = pack(JSON.stringify(many));
    whole.fill(0xff, whole.length >> 1, (whole.length >> 1) + 64);
    const { uids = [], loss } = (await uidsIn(whole)) as Partial<{ uids: string[]; loss: string }>;
    expect(loss).toBe('gzip_corrupt');
    expect(uids.length).toBeGreaterThan(5_000);
    const real = new Set(many);
    // Bytes behind the damage may inflate to nonsense before zlib notices.
    expect(uids.slice(0, 5_000).every((uid) => real.has(uid))).toBe(true);
  });

  it.each(['AAAA', '!!!!', Buffer.from('["a"]').toString('base64')])(
    'survives garbage: %s',
    async (base64) => {
      expect(await uidsIn(base64)).toMatchObject({
        uids: [],
        loss: expect.stringMatching(/^gzip_/) as string,
      });
    },
  );

  it('stops a bomb at the limit and keeps what came before', async () => {
    const bomb = pack(`["a","${'x'.repeat(5_000_000)}"]`);
    expect(await uidsIn(bomb)).toEqual({ uids: ['a'], loss: 'gzip_too_large' });
  });

  it.each(['{}', '[]', '5', '[[],{}]'])(
    'refuses a bomb of %s at the element that is one too many',
    async (one) => {
      const bomb = pack(`["a",${`${one},`.repeat(300_000)}1]`);
      expect(await uidsIn(bomb)).toMatchObject({ reason: 'type', path: '$.compress_to_uids[1001]' });
    },
  );

  it('is heavy, and not begun, where it takes much memory and others may be decoded', async () => {
    const packed = pack(JSON.stringify(many)).toString('base64');
    const body = Buffer.from(JSON.stringify({ ...event, compress: 'gzip', compress_to_uids: packed }));
    expect(await decodeOffline(body, receivedAtMs, { ...limits, mayBeHeavy: false })).toBe('heavy');
  });
});
