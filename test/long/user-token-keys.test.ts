import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestAuthority } from '../contract/certificates';
import { FakeProxy } from '../contract/fake-proxy';
import { api, closeConnections, eventually, send } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { FakeReceiver } from '../helpers/receiver';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';
import { createSigner, publicJwk, publicPem, signToken, type TokenSigner } from '../helpers/user-token';

const first = createSigner('ES256', 'first');
const second = createSigner('ES256', 'second');

describe("the keys of users' tokens", () => {
  let fakes: Fakes;
  let issuer: FakeReceiver;
  let published: readonly TokenSigner[];

  beforeAll(async () => (fakes = await Fakes.start()));
  beforeEach(async () => {
    issuer = await FakeReceiver.start();
    published = [first];
    issuer.answer = () => ({ status: 200, body: JSON.stringify({ keys: published.map(publicJwk) }) });
  });
  afterEach(() => issuer[Symbol.asyncDispose]());
  afterAll(async () => {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
  });

  const start = (userTokens: string, env: Readonly<Record<string, string>> = {}): Promise<RelayProcess> =>
    fakes.startRelay({
      env,
      nodeArgs: ['-r', join(__dirname, '../helpers/leaping-clock.cjs')],
      yaml: `api: { user_tokens: ${userTokens} }`,
    });
  /** What a user's call with a token of this signer is answered. */
  const call = async (relay: RelayProcess, signer: TokenSigner, header: object = {}, claims: object = {}) => {
    const authorization = `Bearer ${signToken(signer, { sub: 'ann', ...claims }, header)}`;
    const { status, body } = await api(relay.url, 'GET', '/users/ann/preferences', undefined, {
      authorization,
    });
    return status === 200 ? 200 : String(body.code);
  };
  const check = async (relay: RelayProcess) => {
    const { text } = await send(relay.url, { method: 'GET', path: '/readyz' });
    const { checks } = JSON.parse(text) as { checks: { name: string; status: string }[] };
    return checks.find(({ name }) => name === 'user_tokens')?.status;
  };

  it('come through the configured proxy', async () => {
    const [proxy, authority] = await Promise.all([FakeProxy.listen(), createTestAuthority()]);
    // Only the proxy knows where this is.
    const name = 'login.invalid';
    await using secure = await FakeReceiver.start(await authority.issue([name]));
    secure.answer = () => ({ status: 200, body: JSON.stringify({ keys: [publicJwk(first)] }) });
    const caFile = join(await temporaryDirectory(), 'ca.pem');
    await writeFile(caFile, authority.cert);
    await using relay = await start(`{ jwks_url: "https://${name}:${secure.host.split(':')[1]}/keys" }`, {
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
      NO_PROXY: '127.0.0.1',
      NODE_EXTRA_CA_CERTS: caFile,
    });
    await eventually(
      () => call(relay, first),
      (answer) => answer === 200,
    );
    // On a busy machine the relay may have to ask twice.
    expect(new Set(secure.requests.map(({ url }) => url))).toEqual(new Set(['/keys']));
    const connect = `CONNECT ${name}:`;
    expect(new Set(proxy.asked.all.map((head) => head.slice(0, connect.length)))).toEqual(new Set([connect]));
    await relay.stop();
    await proxy.close();
  });

  it('are fetched again for a key that nobody knows, once a minute at most', async () => {
    await using relay = await start(`{ jwks_url: "http://${issuer.host}/keys" }`);
    expect(await call(relay, first)).toBe(200);
    published = [first, second];
    expect(await call(relay, second)).toBe('invalid_user_token');
    expect(issuer.requests).toHaveLength(1);

    relay.signal('SIGWINCH');
    await eventually(
      () => call(relay, second),
      (answer) => answer === 200,
    );
    expect(await call(relay, first)).toBe(200);
    for (let at = 0; at < 5; at += 1)
      expect(await call(relay, first, { kid: `invented-${at}` })).toBe('invalid_user_token');
    expect(issuer.requests).toHaveLength(2);
  });

  it('are asked for again while the issuer is down, from the start on', async () => {
    await issuer.down();
    await using relay = await start(`{ jwks_url: "http://${issuer.host}/keys" }`);
    expect(await call(relay, first)).toBe('user_token_keys_unavailable');
    expect(await check(relay)).toBe('degraded');
    // What needs no user's token does not notice.
    expect((await api(relay.url, 'GET', '/users/ann/preferences')).status).toBe(200);
    await issuer.up();
    relay.signal('SIGWINCH');
    await eventually(
      () => call(relay, first),
      (answer) => answer === 200,
    );
    expect(await check(relay)).toBe('ok');
    await relay.logged(({ event }) => event === 'user_token_keys_fetched');
  });

  describe('after SIGHUP', () => {
    let folder: string;
    let file: string;

    beforeEach(async () => {
      folder = await temporaryDirectory();
      file = join(folder, 'public.pem');
    });
    afterEach(() => rm(folder, { recursive: true }));

    /** Starts with the first key, and reads the configuration again once `change` is done. */
    async function reloaded(relay: RelayProcess, change: () => Promise<void>): Promise<object> {
      await change();
      relay.signal('SIGHUP');
      return relay.logged(({ event }) => /^config_reload(ed|_refused)$/.test(String(event)));
    }

    it('are those of the new file, and tokens of the old key are refused', async () => {
      await writeFile(file, publicPem(first));
      await using relay = await start(`{ public_key_file: "${file}" }`);
      expect([await call(relay, first), await call(relay, second)]).toEqual([200, 'invalid_user_token']);
      expect(await reloaded(relay, () => writeFile(file, publicPem(second)))).toMatchObject({
        level: 'info',
        changed: ['api.user_tokens'],
      });
      expect([await call(relay, first), await call(relay, second)]).toEqual(['invalid_user_token', 200]);
    });

    it('stay those that were fetched where their address is the same, though the issuer is away', async () => {
      const config = join(folder, 'relay.yaml');
      const write = (audience: string) =>
        writeFile(
          config,
          `api: { user_tokens: { jwks_url: "http://${issuer.host}/keys", audience: ${audience} } }`,
        );
      await write('shop');
      await using relay = await fakes.startRelay({ env: { RELAY_CONFIG: config } });
      const callAs = (aud: string) => call(relay, first, {}, { aud });
      expect([await callAs('shop'), await callAs('chat')]).toEqual([200, 'invalid_user_token']);
      await issuer.down();
      expect(await reloaded(relay, () => write('chat'))).toMatchObject({ changed: ['api.user_tokens'] });
      expect([await callAs('shop'), await callAs('chat')]).toEqual(['invalid_user_token', 200]);
    });

    it('stay the old ones where the new file holds none', async () => {
      await writeFile(file, publicPem(first));
      await using relay = await start(`{ public_key_file: "${file}" }`);
      expect(await reloaded(relay, () => writeFile(file, 'no key'))).toMatchObject({
        level: 'error',
        problems: [expect.stringContaining('api.user_tokens.public_key')],
      });
      expect(await call(relay, first)).toBe(200);
    });
  });
});
