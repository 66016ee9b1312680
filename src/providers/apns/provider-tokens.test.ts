import { generateKeyPairSync, verify, type KeyObject } from 'node:crypto';
import { silentLogger } from '../../domain/logger';
import type { SharedTokens } from './options';
import { mintProviderToken, readProviderToken, signingKey } from './provider-token';
import { ProviderTokens } from './provider-tokens';
import { TokenSeal } from './sealed-token';

const minuteMs = 60_000;

function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  return { signer: signingKey(pem.toString(), 'KEYID12345', 'TEAMID1234'), publicKey };
}

function claims(header: string): { iss: string; iat: number } {
  return JSON.parse(Buffer.from(header.split('.')[1] as string, 'base64url').toString()) as {
    iss: string;
    iat: number;
  };
}

function isSigned(jwt: string, publicKey: KeyObject): boolean {
  const [header, body, signature] = jwt.split('.') as [string, string, string];
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
  return verify('sha256', Buffer.from(`${header}.${body}`), key, Buffer.from(signature, 'base64url'));
}

class MemoryTokens implements SharedTokens {
  readonly values = new Map<string, string>();
  sets = 0;
  get(name: string): Promise<string | null> {
    return Promise.resolve(this.values.get(name) ?? null);
  }
  set(name: string, value: string): Promise<void> {
    this.sets += 1;
    this.values.set(name, value);
    return Promise.resolve();
  }
}

function start(sharedTokens: SharedTokens | null = null, key = newKey()) {
  const clock = {
    nowMs: 1_700_000_000_000,
    /** How far the wall clock is off. */
    offMs: 0,
    now: () => clock.nowMs + clock.offMs,
    monotonicMs: () => clock.nowMs,
  };
  const tokens = new ProviderTokens(key.signer, { clock, logger: silentLogger, sharedTokens });
  const obtain = async () => {
    const result = await tokens.obtain();
    if (result.kind !== 'pass') throw new Error('refused');
    return result.pass;
  };
  const renew = async (pass: Parameters<typeof tokens.renew>[0], said: 'expired' | 'invalid' = 'expired') => {
    const result = await tokens.renew(pass, said);
    if (result.kind !== 'pass') throw new Error('refused');
    return result.pass;
  };
  return { clock, tokens, obtain, renew, key };
}

describe('mintProviderToken', () => {
  it('signs what Apple wants to read', () => {
    const { signer, publicKey } = newKey();
    const { jwt } = mintProviderToken(signer, 1_700_000_000);
    expect(JSON.parse(Buffer.from(jwt.split('.')[0] as string, 'base64url').toString())).toEqual({
      alg: 'ES256',
      kid: 'KEYID12345',
    });
    expect(claims(jwt)).toEqual({ iss: 'TEAMID1234', iat: 1_700_000_000 });
    expect(isSigned(jwt, publicKey)).toBe(true);
    expect(readProviderToken(jwt, signer)).toEqual({ jwt, issuedAtSeconds: 1_700_000_000 });
    expect(readProviderToken(jwt, { ...signer, keyId: 'other' })).toBeNull();
    for (const text of ['', 'a.b', 'a.b.c', '..', `${jwt}.x`])
      expect(readProviderToken(text, signer)).toBeNull();
  });
});

describe('TokenSeal', () => {
  it('opens what it sealed, and nothing else', () => {
    const { signer } = newKey();
    const seal = new TokenSeal(signer);
    const sealed = seal.seal('a.b.c');
    expect(sealed).not.toContain('a.b.c');
    expect(seal.open(sealed)).toBe('a.b.c');
    expect(new TokenSeal(newKey().signer).open(sealed)).toBeNull();
    expect(new TokenSeal({ ...signer, keyId: 'other' }).open(sealed)).toBeNull();
    const touched = Buffer.from(sealed, 'base64url');
    touched[20] = (touched[20] as number) ^ 1;
    for (const bad of ['', 'x', touched.toString('base64url')]) expect(seal.open(bad)).toBeNull();
  });
});

describe('ProviderTokens', () => {
  it('makes one token for all who ask at once', async () => {
    const { tokens, obtain, key } = start();
    expect(tokens.peek()).toBeNull();
    const passes = await Promise.all(Array.from({ length: 500 }, obtain));
    expect(new Set(passes.map((pass) => pass.value)).size).toBe(1);
    expect(tokens.peek()).toBe(passes[0]);
    expect(isSigned((passes[0]?.value as string).slice('bearer '.length), key.publicKey)).toBe(true);
  });

  it('gives an ageing token out while it makes the next', async () => {
    const { clock, tokens, obtain } = start();
    const first = await obtain();
    clock.nowMs += 49 * minuteMs;
    expect(tokens.peek()).toBe(first);
    clock.nowMs += 2 * minuteMs;
    expect(tokens.peek()).toBe(first);
    const second = await new Promise((resolve) => setImmediate(() => resolve(tokens.peek())));
    expect(second).not.toBe(first);
  });

  it('gives no token out that is too old', async () => {
    const { clock, tokens, obtain } = start();
    const first = await obtain();
    clock.nowMs += 58 * minuteMs;
    expect(tokens.peek()).toBeNull();
    expect((await obtain()).generation).toBeGreaterThan(first.generation);
  });

  it('renews once for all who were refused, and not again within 20 minutes', async () => {
    const { clock, tokens, obtain, renew } = start();
    const first = await obtain();
    clock.nowMs += 1000;
    const renewed = await Promise.all(Array.from({ length: 500 }, () => renew(first)));
    expect(new Set(renewed).size).toBe(1);
    const [second] = renewed as [typeof first];
    expect(second.generation).not.toBe(first.generation);
    expect(await renew(first)).toBe(second);
    clock.nowMs += 19 * minuteMs;
    expect(await renew(second)).toBe(second);
    expect(tokens.peek()).toBe(second);
    clock.nowMs += 2 * minuteMs;
    expect((await renew(second)).generation).toBeGreaterThan(second.generation);
  });

  it('keeps its token where Apple says that it changes too often', async () => {
    const { clock, tokens, obtain } = start();
    const first = await obtain();
    clock.nowMs += 45 * minuteMs;
    tokens.keep();
    clock.nowMs += 10 * minuteMs;
    expect(tokens.peek()).toBe(first);
    await new Promise((resolve) => setImmediate(resolve));
    expect(tokens.peek()).toBe(first);
  });

  it('shares its token with the other replicas', async () => {
    const shared = new MemoryTokens();
    const key = newKey();
    const one = await start(shared, key).obtain();
    const two = await start(shared, key).obtain();
    expect(two.value).toBe(one.value);
    expect(shared.sets).toBe(1);
    expect([...shared.values.values()].join('')).not.toContain(one.value.slice(7, 30));
    const other = await start(shared).obtain();
    expect(other.value).not.toBe(one.value);
  });

  it('does not take a refused token, or one from the future, back from the store', async () => {
    const shared = new MemoryTokens();
    const key = newKey();
    const { clock, obtain, renew } = start(shared, key);
    const first = await obtain();
    clock.nowMs += 30 * minuteMs;
    const second = await renew(first);
    expect(second.value).not.toBe(first.value);
    const seal = new TokenSeal(key.signer);
    const future = mintProviderToken(key.signer, clock.nowMs / 1000 + 3600);
    shared.values.set(seal.name, seal.seal(future.jwt));
    expect((await start(shared, key).obtain()).value).not.toContain(future.jwt);
  });

  const stepsMs = [8 * 60 * minuteMs, 10 * minuteMs, 2 * minuteMs, -10 * minuteMs, -8 * 60 * minuteMs];

  it.each(stepsMs)(
    'replaces a token issued by a clock that was %i ms off, once it is right',
    async (offMs) => {
      const { clock, obtain, renew } = start();
      clock.offMs = offMs;
      const wrong = await obtain();
      // While the clock is wrong, another token is no better.
      expect(await renew(wrong, 'invalid')).toBe(wrong);
      clock.offMs = 0;
      const held = await obtain();
      const right = held.generation === wrong.generation ? await renew(held, 'invalid') : held;
      expect(claims(right.value.slice('bearer '.length))['iat']).toBe(clock.nowMs / 1000);
      expect(await renew(right, 'invalid')).toBe(right);
    },
  );

  it.each(stepsMs)('keeps a good token in use while the clock is %i ms off', async (offMs) => {
    const { clock, tokens, obtain } = start();
    const first = await obtain();
    clock.nowMs += 5 * minuteMs;
    clock.offMs = Math.max(offMs, -4 * minuteMs);
    expect(tokens.peek()).toBe(first);
    clock.nowMs += minuteMs;
    clock.offMs = 0;
    expect(tokens.peek()).toBe(first);
  });

  it('does not take a token from the future out of the store, and replaces it there', async () => {
    const shared = new MemoryTokens();
    const ahead = start(shared);
    ahead.clock.offMs = 10 * minuteMs;
    const wrong = await ahead.obtain();
    const { obtain } = start(shared, ahead.key);
    const right = await obtain();
    expect(right.value).not.toBe(wrong.value);
    expect((await start(shared, ahead.key).obtain()).value).toBe(right.value);
  });

  it('replaces a refused token that is 20 minutes old, and no younger one', async () => {
    const { clock, obtain, renew } = start();
    const first = await obtain();
    clock.nowMs += 19 * minuteMs;
    expect(await renew(first, 'invalid')).toBe(first);
    clock.nowMs += minuteMs;
    expect((await renew(first, 'invalid')).generation).toBeGreaterThan(first.generation);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('away'))],
    ['hangs', () => new Promise<never>(() => undefined)],
    ['holds rubbish', () => Promise.resolve('rubbish')],
  ])('makes a token of its own where the store %s', async (_, get) => {
    const shared: SharedTokens = { get, set: () => Promise.reject(new Error('away')) };
    const { obtain, key } = start(shared);
    expect(isSigned((await obtain()).value.slice(7), key.publicKey)).toBe(true);
  });
});
