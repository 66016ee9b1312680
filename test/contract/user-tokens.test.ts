import type { JsonWebKey } from 'node:crypto';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { createUserTokenEvents } from '../../src/observability/user-token-events';
import { signatureAlgorithmNames, signatureAlgorithms } from '../../src/shared/signature-algorithms';
import { createHttp1Client } from '../../src/transport/http1-client';
import { RemoteKeys } from '../../src/user-tokens/remote-keys';
import { loadJose, UserTokens } from '../../src/user-tokens/user-tokens';
import { FakeReceiver, type ReceiverAnswer } from '../helpers/receiver';
import {
  createSigner,
  inSeconds,
  publicJwk,
  signToken,
  signWithSecret,
  unsignedToken,
  type TokenSigner,
} from '../helpers/user-token';

const minute = 60_000;
const silence = 'does not answer';
const claims = { sub: 'ann' };

/** A clock that stands still until it is told, for what is paced by minutes. */
class Hands {
  #passedMs = 0;
  readonly now = () => Date.now() + this.#passedMs;
  readonly monotonicMs = () => this.#passedMs;

  pass(ms: number): void {
    this.#passedMs += ms;
  }
}

/** What an issuer publishes, and a relay that verifies by it. */
class Issuer {
  readonly clock = new Hands();
  readonly log: { readonly level: string; readonly fields: Record<string, unknown> }[] = [];
  published: readonly JsonWebKey[] = [];
  /** Instead of the keys. */
  answer: (() => ReceiverAnswer) | null = null;

  /** How long the relay waits for an answer: short only where none comes. */
  timeoutMs = 30_000;
  readonly #client: ReturnType<typeof createHttp1Client>;

  private constructor(
    readonly receiver: FakeReceiver,
    client: ReturnType<typeof createHttp1Client>,
  ) {
    this.#client = client;
  }

  static async start(...signers: readonly TokenSigner[]) {
    const receiver = await FakeReceiver.start();
    const client = createHttp1Client({
      baseUrl: `http://${receiver.host}`,
      proxyUrl: null,
      maxConnections: 1,
      tls: {},
      connectTimeoutMs: 1_000,
      idleTimeoutMs: 1_000,
      plainHosts: 'anywhere',
    });
    const issuer = new Issuer(receiver, client);
    issuer.published = signers.map(publicJwk);
    receiver.answer = () =>
      issuer.answer === null
        ? { status: 200, body: JSON.stringify({ keys: issuer.published }) }
        : issuer.answer();
    const jose = await loadJose();
    const keep = (level: string) => (fields: object) =>
      void issuer.log.push({ level, fields: fields as Record<string, unknown> });
    const logger = {
      debug: keep('debug'),
      info: keep('info'),
      warn: keep('warn'),
      error: keep('error'),
    } as unknown as Parameters<typeof createUserTokenEvents>[0];
    const remote = new RemoteKeys({
      jose,
      client,
      path: '/keys',
      get timeoutMs() {
        return issuer.timeoutMs;
      },
      clock: issuer.clock,
      events: createUserTokenEvents(logger),
    });
    const options = { issuer: null, audience: null, uidClaim: 'sub', algorithms: signatureAlgorithmNames };
    const tokens = new UserTokens(jose, { ...options, findKey: remote.find }, issuer.clock);
    const verify = async (token: string) => {
      const verified = await tokens.verify(token);
      return verified.kind === 'problem' ? verified.code : verified;
    };
    return Object.assign(issuer, { remote, verify });
  }

  get asked(): number {
    return this.receiver.requests.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close(0);
    await this.receiver[Symbol.asyncDispose]();
  }
}

const ann = { kind: 'user', uid: 'ann' };
const rsa = createSigner('RS256');
const ec = createSigner('ES256', 'key-2');
const ed = createSigner('EdDSA', 'key-3');

describe('keys that an issuer publishes', () => {
  it('are fetched once for many tokens, and again once they are ten minutes old', async () => {
    await using issuer = await Issuer.start(rsa, ec, ed);
    const many = Array.from({ length: 20 }, () => issuer.verify(signToken(rsa, claims)));
    expect(await Promise.all(many)).toEqual(many.map(() => ann));
    for (const signer of [ec, ed]) expect(await issuer.verify(signToken(signer, claims))).toEqual(ann);
    expect(issuer.asked).toBe(1);
    issuer.clock.pass(11 * minute);
    expect(await issuer.verify(signToken(rsa, claims))).toEqual(ann);
    await issuer.receiver.waitFor(2);
    expect(issuer.receiver.requests.map(({ url }) => url)).toEqual(['/keys', '/keys']);
  });

  it('are asked for a key that nobody knows, at most once a minute', async () => {
    await using issuer = await Issuer.start(rsa);
    expect(await issuer.verify(signToken(rsa, claims))).toEqual(ann);
    issuer.clock.pass(2 * minute);
    const invented = Array.from({ length: 30 }, (_, at) =>
      issuer.verify(signToken(ec, claims, { kid: `invented-${at}` })),
    );
    expect(await Promise.all(invented)).toEqual(invented.map(() => 'invalid_user_token'));
    expect(issuer.asked).toBe(2);
    issuer.published = [rsa, ec].map(publicJwk);
    expect(await issuer.verify(signToken(ec, claims))).toBe('invalid_user_token');
    issuer.clock.pass(minute);
    expect(await issuer.verify(signToken(ec, claims))).toEqual(ann);
    expect(issuer.asked).toBe(3);
  });

  it('stop to verify once the issuer has removed them', async () => {
    await using issuer = await Issuer.start(rsa, ec);
    expect(await issuer.verify(signToken(ec, claims))).toEqual(ann);
    issuer.published = [publicJwk(rsa)];
    issuer.clock.pass(11 * minute);
    await issuer.remote.refresh();
    expect(await issuer.verify(signToken(ec, claims))).toBe('invalid_user_token');
  });

  const failures: Readonly<Record<string, () => ReceiverAnswer>> = {
    'answers 500': () => ({ status: 500 }),
    [silence]: () => null,
    'answers HTML': () => ({ status: 200, body: '<html><body>Sign in</body></html>' }),
    redirects: () => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' } }),
    'answers a megabyte': () => ({
      status: 200,
      body: JSON.stringify({ keys: [publicJwk(ec)], more: 'x'.repeat(1024 * 1024) }),
    }),
    'answers no keys': () => ({ status: 200, body: '{"keys":[]}' }),
    'answers a list': () => ({ status: 200, body: '[]' }),
    'answers keys that verify nothing': () => ({
      status: 200,
      body: JSON.stringify({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }, { kty: 'RSA' }, null, 7] }),
    }),
  };

  it.each(Object.keys(failures))('stay in use while the issuer %s', async (name) => {
    await using issuer = await Issuer.start(rsa);
    expect(await issuer.verify(signToken(rsa, claims))).toEqual(ann);
    issuer.answer = failures[name] ?? null;
    if (name === silence) issuer.timeoutMs = 100;
    for (let round = 0; round < 3; round++) {
      issuer.clock.pass(11 * minute);
      await issuer.remote.refresh();
      expect(await issuer.verify(signToken(rsa, claims))).toEqual(ann);
      // The key may be one of those that cannot be fetched.
      expect(await issuer.verify(signToken(ec, claims))).toBe('user_token_keys_unavailable');
    }
    expect(issuer.log.map(({ fields }) => fields['event'])).toEqual(['user_token_keys_unavailable']);
    expect(issuer.remote.outage).toMatchObject({ reason: expect.stringMatching(/./) });
    issuer.answer = null;
    issuer.timeoutMs = 30_000;
    issuer.clock.pass(minute);
    await issuer.remote.refresh();
    expect(await issuer.verify(signToken(ec, claims))).toBe('invalid_user_token');
    expect(issuer.remote.outage).toBeNull();
    expect(issuer.log.at(-1)).toMatchObject({ level: 'info', fields: { event: 'user_token_keys_fetched' } });
  });

  it.each(Object.keys(failures))('cannot be had before while the issuer %s, then can', async (name) => {
    await using issuer = await Issuer.start(rsa);
    issuer.answer = failures[name] ?? null;
    if (name === silence) issuer.timeoutMs = 100;
    for (let at = 0; at < 5; at++)
      expect(await issuer.verify(signToken(rsa, claims))).toBe('user_token_keys_unavailable');
    expect(issuer.asked).toBe(1);
    issuer.answer = null;
    issuer.timeoutMs = 30_000;
    issuer.clock.pass(5_000);
    expect(await issuer.verify(signToken(rsa, claims))).toEqual(ann);
    expect(issuer.asked).toBe(2);
  });

  it('cannot be had while nothing listens', async () => {
    await using issuer = await Issuer.start(rsa);
    await issuer.receiver.down();
    expect(await issuer.verify(signToken(rsa, claims))).toBe('user_token_keys_unavailable');
    await issuer.receiver.up();
    issuer.clock.pass(5_000);
    expect(await issuer.verify(signToken(rsa, claims))).toEqual(ann);
  });

  it('leave out what cannot verify, so that the rest does', async () => {
    await using issuer = await Issuer.start();
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const weak: TokenSigner = { privateKey, publicKey, alg: 'RS256', kid: 'weak' };
    issuer.published = [
      publicJwk(weak),
      { ...publicJwk(createSigner('RS256', 'locked')), use: 'enc' },
      { kty: 'EC', crv: 'secp256k1', kid: 'coin' },
      { ...rsa.privateKey.export({ format: 'jwk' }), kid: 'leaked' },
      publicJwk(rsa),
    ];
    expect(await issuer.verify(signToken(rsa, claims))).toEqual(ann);
    for (const header of [{ kid: 'weak' }, { kid: 'locked' }, { kid: 'coin' }, { kid: 'leaked' }])
      expect(await issuer.verify(signToken(rsa, claims, header))).toBe('invalid_user_token');
    expect(await issuer.verify(signToken(weak, claims))).toBe('invalid_user_token');
  });

  it('need no name where one key fits, and need one where several do', async () => {
    await using issuer = await Issuer.start(rsa, ec);
    expect(await issuer.verify(signToken(rsa, claims, { kid: undefined }))).toEqual(ann);
    issuer.published = [rsa, createSigner('RS256', 'key-9')].map(publicJwk);
    issuer.clock.pass(11 * minute);
    await issuer.remote.refresh();
    expect(await issuer.verify(signToken(rsa, claims, { kid: undefined }))).toBe('invalid_user_token');
    expect(await issuer.verify(signToken(rsa, claims))).toEqual(ann);
  });

  it('are never a secret, an empty one included', async () => {
    await using issuer = await Issuer.start(rsa);
    issuer.published = [publicJwk(rsa), { kty: 'oct', k: '', kid: 'empty', alg: 'HS256' }];
    for (const header of [{ kid: 'key-1' }, { kid: 'empty' }, {}])
      for (const secret of ['', JSON.stringify(publicJwk(rsa))])
        expect(await issuer.verify(signWithSecret(secret || Buffer.alloc(0), claims, header))).toBe(
          'invalid_user_token',
        );
    for (const alg of ['none', 'None', 'NONE', '', 'HS256'])
      expect(await issuer.verify(unsignedToken(claims, alg))).toBe('invalid_user_token');
  });
});

describe('a token', () => {
  const create = async (signer: TokenSigner, options: object = {}) => {
    const jose = await loadJose();
    const algorithms = signatureAlgorithms(
      createPublicKey(signer.publicKey.export({ type: 'spki', format: 'pem' })),
    );
    const usual = {
      issuer: null,
      audience: null,
      uidClaim: 'sub',
      algorithms,
      findKey: () => signer.publicKey,
    };
    const tokens = new UserTokens(jose, { ...usual, ...options }, { now: Date.now, monotonicMs: () => 0 });
    return async (token: string) => {
      const verified = await tokens.verify(token);
      return verified.kind === 'problem' ? `${verified.code}: ${verified.detail}` : verified;
    };
  };

  it.each(['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'])('may be signed by %s', async (alg) => {
    const signer = createSigner(alg);
    const verify = await create(signer);
    expect(await verify(signToken(signer, claims))).toEqual(ann);
    expect(await verify(signToken(createSigner(alg), claims))).toMatch('signature');
  });

  it('is accepted half a minute around its times, and not longer', async () => {
    const verify = await create(ec);
    expect(await verify(signToken(ec, { ...claims, exp: inSeconds(-15) }))).toEqual(ann);
    expect(await verify(signToken(ec, { ...claims, exp: inSeconds(-45) }))).toMatch('user_token_expired');
    expect(await verify(signToken(ec, { ...claims, nbf: inSeconds(15) }))).toEqual(ann);
    expect(await verify(signToken(ec, { ...claims, nbf: inSeconds(45) }))).toMatch('not valid yet');
  });

  it.each([
    [{ sub: 'ann', exp: undefined }, 'exp'],
    [{ sub: 'ann', exp: 'tomorrow' }, 'exp'],
    [{ sub: undefined }, 'missing'],
    [{ sub: '' }, 'sub must be the uid'],
    [{ sub: 'x'.repeat(257) }, 'sub must be the uid'],
    [{ sub: ['ann'] }, 'missing or malformed'],
    [{ sub: { ann: 1 } }, 'missing or malformed'],
    [{ sub: true }, 'missing or malformed'],
    [{ sub: null }, 'missing or malformed'],
  ])('of %j is refused', async (wrong, reason) => {
    const verify = await create(ec);
    expect(await verify(signToken(ec, wrong))).toMatch(/^invalid_user_token: /);
    expect(await verify(signToken(ec, wrong))).toMatch(new RegExp(`${reason}|sub must be the uid`));
  });

  it('may hold the uid in another claim, as a number too', async () => {
    const verify = await create(ec, { uidClaim: 'https://example.com/uid' });
    const uid = (value: unknown) => verify(signToken(ec, { sub: 'eve', 'https://example.com/uid': value }));
    expect(await uid('ann')).toEqual(ann);
    expect(await uid(42)).toEqual({ kind: 'user', uid: '42' });
    for (const value of [1.5, 2 ** 60, -0.5, Number.NaN]) expect(await uid(value)).toMatch('uid');
    expect(await verify(signToken(ec, claims))).toMatch('missing');
  });

  it('may be meant for several audiences', async () => {
    const verify = await create(ec, { audience: 'relay', issuer: 'https://login.example.com' });
    const iss = 'https://login.example.com';
    expect(await verify(signToken(ec, { ...claims, iss, aud: ['shop', 'relay'] }))).toEqual(ann);
    expect(await verify(signToken(ec, { ...claims, iss, aud: ['shop'] }))).toMatch('audience');
    expect(await verify(signToken(ec, { ...claims, iss }))).toMatch('audience');
    expect(await verify(signToken(ec, { ...claims, iss: `${iss}/`, aud: 'relay' }))).toMatch('issuer');
  });

  it('that somebody has changed anywhere is refused, and never throws', async () => {
    const verify = await create(ed);
    const token = signToken(ed, claims);
    for (let at = 0; at < token.length; at++) {
      for (const put of ['', '.', 'A', '-', '=', '\u00e9']) {
        const changed = token.slice(0, at) + put + token.slice(at + 1);
        if (changed === token) continue;
        const verdict = await verify(changed);
        // The last character of a part holds bits that stand for nothing.
        if (typeof verdict !== 'string') expect(decoded(changed)).toEqual(decoded(token));
        else expect(verdict).toMatch(/^invalid_user_token/);
      }
    }
  });

  it.each([
    ['{}', '{}'],
    ['null', '{}'],
    ['[]', '[]'],
    ['{"alg":"EdDSA","crit":["x"],"x":1}', '{"sub":"ann"}'],
    ['{"alg":"EdDSA","b64":false,"crit":["b64"]}', '{"sub":"ann"}'],
    ['{"alg":7}', '{}'],
    ['{"alg":"EdDSA","jwk":{"kty":"OKP"}}', '{"sub":"ann"}'],
    ['x', 'y'],
    ['', ''],
  ])('with the header %s is refused', async (header, payload) => {
    const verify = await create(ed);
    const part = (text: string) => Buffer.from(text).toString('base64url');
    for (const signature of ['', 'AAAA', part('x'.repeat(64))])
      expect(await verify(`${part(header)}.${part(payload)}.${signature}`)).toMatch(/^invalid_user_token/);
  });
});

function decoded(token: string): readonly string[] {
  return token.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'));
}
