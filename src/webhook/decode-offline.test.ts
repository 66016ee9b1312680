import { Rests } from '../domain/rests';
import { gzipSync } from 'node:zlib';
import { decodeOffline } from './decode-offline';

const receivedAtMs = 1_800_000_000_500;
const limits = { groupSize: 500, maxInflatedBytes: 1024 * 1024, rests: new Rests() };

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

function decodeText(text: string) {
  return decodeOffline(Buffer.from(text), receivedAtMs, limits);
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
        redDot: false,
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
    [{ message_idstr: 'x' }, '$.message_id'],
    [{ message_idstr: '', message_id: 0 }, '$.message_id'],
    [{ channel_id: '' }, '$.channel_id'],
    [{ channel_id: 5 }, '$.channel_id'],
    [{ channel_type: '2' }, '$.channel_type'],
    [{ channel_type: undefined }, '$.channel_type'],
    [{ channel_type: 300 }, '$.channel_type'],
    [{ from_uid: 'x'.repeat(257) }, '$.from_uid'],
    [{ from_uid: '名'.repeat(86) }, '$.from_uid'],
    [{ client_msg_no: {} }, '$.client_msg_no'],
    [{ message_seq: -1 }, '$.message_seq'],
    [{ message_seq: 1.5 }, '$.message_seq'],
    [{ expire: '3600' }, '$.expire'],
    [{ timestamp: 'now' }, '$.timestamp'],
    [{ setting: 256 }, '$.setting'],
    [{ header: [] }, '$.header'],
    [{ header: { red_dot: 'yes' } }, '$.header.red_dot'],
    [{ payload: { type: 1 } }, '$.payload'],
    [{ payload: 'not base64!' }, '$.payload'],
    [{ to_uids: 'bob' }, '$.to_uids'],
    [{ to_uids: { length: 3 } }, '$.to_uids'],
    [{ to_uids: ['bob', null] }, '$.to_uids[1]'],
    [{ to_uids: [''] }, '$.to_uids'],
    [{ to_uids: ['x'.repeat(257)] }, '$.to_uids'],
    [{ compress: 1, compress_to_uids: 'AAAA' }, '$.compress'],
    [{ compress_to_uids: ['a'] }, '$.compress_to_uids'],
  ])('refuses %j by its path', async (fields, path) => {
    expect(await decode(fields)).toMatchObject({ ok: false, failure: { path } });
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
    let taken = 0;
    for (let round = 0; round < 3_000; round++) {
      const packed = gzipSync(JSON.stringify(uids));
      const cut = packed.subarray(0, pick(random, packed.length + 1)).toString('base64');
      const body = Buffer.from(
        JSON.stringify({ ...event, to_uids: uids.slice(0, 5), compress: 'gzip', compress_to_uids: cut }),
      );
      const sent = random() < 0.4 ? body : mutate(body, random);
      const result = await decodeOffline(sent, receivedAtMs, limits);
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
    expect(taken).toBeGreaterThan(1_000);
  });

  it('survives pure noise', async () => {
    const random = seeded(7);
    for (let round = 0; round < 2_000; round++) {
      const noise = Buffer.from(Array.from({ length: pick(random, 64) }, () => pick(random, 256)));
      expect(await decodeOffline(noise, receivedAtMs, limits)).toMatchObject({ ok: false });
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
    ['a number among the uids', { to_uids: [...many, 5] }, 'type', '$.to_uids[20000]'],
    ['a wrong channel', { to_uids: many, channel_id: 5 }, 'type', '$.channel_id'],
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
