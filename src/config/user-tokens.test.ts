import { generateKeyPairSync } from 'node:crypto';
import { loadConfig } from './load-config';
import { problemLine, warningLine } from './problem';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const coin = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
const pem = (key: { publicKey: typeof rsa.publicKey }) =>
  key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const secret = 'x-long-secret-of-32-bytes-or-more-1234567890-and-then-some-more!';
const url = 'https://login.example.com/keys';

function load(user_tokens: object, more: object = {}, files: Record<string, string> = {}) {
  const yaml = JSON.stringify({ api: { keys: 'a-very-long-server-key', user_tokens, ...more } });
  const result = loadConfig({
    configPath: '/relay.yaml',
    env: { PROVIDERS: 'sandbox' },
    cwd: '/',
    clock: { now: () => Date.UTC(2026, 0, 1), monotonicMs: () => 0 },
    readFile: (path) => Buffer.from(path === '/relay.yaml' ? yaml : (files[path] ?? '')),
  });
  return {
    config: result.ok ? result.config.api : null,
    problems: result.ok ? [] : result.problems.map(problemLine),
    warnings: result.warnings.map(warningLine).filter((line) => line.startsWith('api.user_tokens')),
  };
}

describe('api.user_tokens', () => {
  it.each([
    ['a secret', { secret }, 'secret'],
    ['a public key in PEM', { public_key: pem(rsa) }, 'public_key'],
    ['a public key as JWK', { public_key: ec.publicKey.export({ format: 'jwk' }) }, 'public_key'],
    [
      'a public key as the text of a JWK',
      { public_key: JSON.stringify(ec.publicKey.export({ format: 'jwk' })) },
      'public_key',
    ],
    ['an address of keys', { jwks_url: url, audience: 'relay' }, 'jwks'],
    ['algorithms of the key', { public_key: pem(rsa), algorithms: 'RS256, PS512' }, 'public_key'],
    ['a longer algorithm of a long secret', { secret, algorithms: ['HS512'] }, 'secret'],
  ])('takes %s', (_, tokens, kind) => {
    expect(load(tokens)).toMatchObject({
      problems: [],
      warnings: [],
      config: { userTokens: { keys: { kind }, uidClaim: 'sub' } },
    });
  });

  it.each([
    [{ secret, jwks_url: url, audience: 'relay' }, 'both jwks_url and secret are set'],
    [{ secret, public_key: pem(rsa) }, 'both public_key and secret are set'],
    [{ issuer: url }, 'expected one of jwks_url, public_key or secret'],
    [{ algorithms: 'HS256' }, 'expected one of jwks_url, public_key or secret'],
    [
      { secret: 'x-long-secret-of-31-bytes-12345' },
      'HS256 needs a secret of at least 32 bytes, and this has 31',
    ],
    [{ secret: secret.slice(0, 40), algorithms: 'HS512' }, 'HS512 needs a secret of at least 64 bytes'],
    [{ secret, algorithms: 'none' }, 'a token without a signature proves nothing'],
    [{ secret, algorithms: ['HS256', 'None'] }, 'a token without a signature proves nothing'],
    [{ secret, algorithms: 'RS256' }, 'RS256 cannot be verified by a secret'],
    [{ secret, algorithms: 'hs256' }, 'expected one of'],
    [{ public_key: pem(rsa), algorithms: 'HS256' }, 'HS256 cannot be verified by this public_key'],
    [{ public_key: pem(rsa), algorithms: 'RS256,ES256' }, 'ES256 cannot be verified by this public_key'],
    [{ jwks_url: url, audience: 'relay', algorithms: 'HS256' }, 'HS256 cannot be verified by a public key'],
    [{ public_key: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) }, 'this is a private key'],
    [{ public_key: rsa.privateKey.export({ format: 'jwk' }) }, 'this is a private key'],
    [{ public_key: pem(weak) }, 'this one is rsa of 1024 bits'],
    [{ public_key: pem(coin) }, 'this one is secp256k1'],
    [{ public_key: { kty: 'oct', k: 'c2VjcmV0' } }, 'which belongs in secret'],
    [{ public_key: { keys: [] } }, 'set jwks_url'],
    [{ public_key: pem(rsa).slice(0, 100) }, 'this one cannot be read'],
    [{ public_key: 'key.pem' }, 'this is the name of a file, which belongs in public_key_file'],
    [{ jwks_url: 'login.example.com/keys' }, 'expected a URL'],
    [{ jwks_url: 'https://user:password@login.example.com/keys' }, 'carries a user or a password'],
    [{ jwks_url: 'file:///keys' }, 'expected a URL'],
    [{ secret, uid: 'sub' }, 'unknown key'],
  ])('refuses %j', (tokens, reason) => {
    const { problems } = load(tokens);
    expect(problems.join('\n')).toMatch(reason);
    expect(problems.every((line) => line.startsWith('api.user_tokens'))).toBe(true);
    expect(problems.join('\n')).not.toMatch(/MII|x-long-secret|user:password/);
  });

  it('needs server keys beside it', () => {
    expect(load({ secret }, { keys: null }).problems).toEqual([
      'api.user_tokens (relay.yaml:1): expected api.keys (API_KEYS) as well: without them everyone may call everything',
    ]);
  });

  it('reads keys from files', () => {
    const files = { '/jwt.pem': `${pem(ec)}\n`, '/jwt-secret': `${secret}\n` };
    expect(load({ public_key_file: 'jwt.pem' }, {}, files).config?.userTokens?.keys.kind).toBe('public_key');
    const { config } = load({ secret_file: 'jwt-secret' }, {}, files);
    expect(config?.userTokens?.keys).toMatchObject({ kind: 'secret' });
    expect(JSON.stringify(config)).not.toContain('x-long-secret');
  });

  it('warns of keys of others: without an audience, and over plain HTTP', () => {
    expect(load({ jwks_url: url }).warnings).toEqual([expect.stringContaining('api.user_tokens.audience')]);
    const plain = load({ jwks_url: 'http://login.internal/keys', audience: 'relay' });
    expect(plain.warnings).toEqual([expect.stringContaining('without TLS')]);
    expect(load({ jwks_url: 'http://127.0.0.1:8080/keys', audience: 'relay' }).warnings).toEqual([]);
  });

  it('warns of a secret that opens something else as well', () => {
    expect(load({ secret }, { keys: secret }).warnings.join()).toContain('the same value is in api.keys');
  });
});

describe('api.cors_origins', () => {
  it('are origins as browsers write them', () => {
    const origins = ['https://Chat.example.com:443', 'http://localhost:5173', 'https://[::1]:8443/'];
    expect(load({}, { cors_origins: origins }).config?.corsOrigins).toEqual([
      'https://chat.example.com',
      'http://localhost:5173',
      'https://[::1]:8443',
    ]);
  });

  it.each([
    '*',
    'null',
    'chat.example.com',
    'https://chat.example.com/app',
    'https://*.example.com',
    'ws://x',
    'https://a@b',
  ])('refuses %s', (origin) => {
    expect(load({}, { cors_origins: origin }).problems.join()).toMatch(/^api\.cors_origins/);
  });
});
