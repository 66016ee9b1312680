import { gzipSync } from 'node:zlib';
import { inflateUids } from './compressed-uids';

const cap = 1024 * 1024;
const many = Array.from({ length: 20_000 }, (_, index) => `user-${(index * 7919) % 20_000}-名`);

function pack(text: string): Buffer {
  return gzipSync(Buffer.from(text));
}

async function inflate(bytes: Buffer, maxBytes = cap) {
  return inflateUids(bytes.toString('base64'), maxBytes);
}

describe('inflateUids', () => {
  it.each([
    ['a short list', ['a', 'b']],
    ['a list over what is inflated at once', many],
    ['no uids', []],
  ])('reads %s', async (_name, uids) => {
    expect(await inflate(pack(`${JSON.stringify(uids)}\n`))).toEqual({ uids, loss: null });
  });

  it('reads the null of an empty Go slice', async () => {
    expect(await inflate(pack('null\n'))).toEqual({ uids: [], loss: null });
  });

  it('salvages a prefix wherever the stream is cut', async () => {
    const whole = pack(JSON.stringify(many));
    let most = 0;
    for (let cut = 0; cut < whole.length; cut += Math.ceil(whole.length / 60)) {
      const { uids, loss } = await inflate(whole.subarray(0, cut));
      expect(loss).toBe('gzip_truncated');
      expect(uids).toEqual(many.slice(0, uids.length));
      most = Math.max(most, uids.length);
    }
    expect(most).toBeGreaterThan(15_000);
  });

  it('misses nothing when only the trailer is cut', async () => {
    const whole = pack('["a","b"]');
    expect(await inflate(whole.subarray(0, -4))).toEqual({ uids: ['a', 'b'], loss: null });
  });

  it.each([
    ['["a","b', ['a']],
    ['["a","b"', ['a', 'b']],
    ['["a\\"","b\\', ['a"']],
    ['["a",",b', ['a']],
    ['["a\\\\","b","c\\u00', ['a\\', 'b']],
    ['["a",5,"b"]x', ['a']],
    ['[', []],
    ['"a","b"', []],
    ['{"a":"b"}', []],
  ])('takes complete strings only out of %s', async (text, uids) => {
    expect(await inflate(pack(text))).toEqual({ uids, loss: 'gzip_truncated' });
  });

  it('drops what UTF-8 was cut or broken in', async () => {
    const text = Buffer.concat([Buffer.from('["a","b'), Buffer.from([0xe5, 0x90]), Buffer.from('","c"]')]);
    expect((await inflate(gzipSync(text))).uids).toEqual(['a', 'c']);
  });

  it('salvages what comes before broken bytes', async () => {
    const whole = pack(JSON.stringify(many));
    whole.fill(0xff, whole.length >> 1, (whole.length >> 1) + 64);
    const { uids, loss } = await inflate(whole);
    expect(loss).toBe('gzip_corrupt');
    expect(uids.length).toBeGreaterThan(5_000);
    const real = new Set(many);
    // Bytes behind the damage may inflate to nonsense before zlib notices.
    expect(uids.slice(0, 5_000).every((uid) => real.has(uid as string))).toBe(true);
  });

  it.each(['', 'AAAA', '!!!!', Buffer.from('["a"]').toString('base64')])(
    'survives garbage: %s',
    async (base64) => {
      const { uids, loss } = await inflateUids(base64, cap);
      expect(uids).toEqual([]);
      expect(loss).toMatch(/^gzip_/);
    },
  );

  it('stops a bomb at the limit and keeps what came before', async () => {
    const bomb = pack(`["a","${'x'.repeat(50_000_000)}"]`);
    const { uids, loss } = await inflate(bomb);
    expect([uids, loss]).toEqual([['a'], 'gzip_too_large']);
  });
});
