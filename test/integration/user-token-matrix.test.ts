import { api, closeConnections, send } from '../helpers/client';
import { apiKey, Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';
import {
  createSigner,
  inSeconds,
  publicPem,
  signToken,
  signWithSecret,
  unsignedToken,
} from '../helpers/user-token';

/** What a user may do with what is its own. A new route belongs here only if every phone may call it. */
const forOwners = [
  'putDevice',
  'patchDevice',
  'getDevice',
  'listDevices',
  'deleteDevice',
  'deleteDevices',
  'getPreferences',
  'putPreferences',
  'listMutes',
  'putMute',
  'deleteMute',
  'getBadge',
  'putBadge',
  'postRead',
  'listRecent',
];
/** What is no user's own, and open to each. */
const forUsers = ['getWebPushKey'];
const forAnyone = ['getDocs', 'getOpenapi', 'getHealthz', 'getReadyz', 'getMetrics'];

const signer = createSigner('RS256');
const issuer = 'https://login.example.com';
const audience = 'push-relay';
const claims = { iss: issuer, aud: audience, sub: 'ann' };

const callers: Readonly<Record<string, string | null>> = {
  'the server': apiKey,
  'the user': signToken(signer, claims),
  'another user': signToken(signer, { ...claims, sub: 'eve' }),
  'an expired token': signToken(signer, { ...claims, exp: inSeconds(-3600) }),
  'a token for another audience': signToken(signer, { ...claims, aud: 'shop' }),
  'a token of another issuer': signToken(signer, { ...claims, iss: 'https://evil.example.com' }),
  'a token with alg none': unsignedToken(claims),
  'a token signed with the public key': signWithSecret(publicPem(signer), claims),
  'a token that is not valid yet': signToken(signer, { ...claims, nbf: inSeconds(3600) }),
  'no token': null,
  garbage: 'garbage',
  'garbage in three parts': 'gar.ba.ge',
};

const codes: Readonly<Record<string, string>> = {
  'an expired token': 'user_token_expired',
  'no token': 'unauthenticated',
  garbage: 'unauthenticated',
};

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
}

interface Document {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly operationId: string; readonly security: object[] }>>>
  >;
}

describe('who may call what', () => {
  let fakes: Fakes;
  let relay: RelayProcess;
  let document: Document;
  let operations: readonly Operation[];

  beforeAll(async () => {
    fakes = await Fakes.start();
    const yaml = JSON.stringify({
      api: { user_tokens: { public_key: publicPem(signer), issuer, audience } },
    });
    relay = await fakes.startRelay({ yaml });
    const { text } = await send(relay.url, { method: 'GET', path: '/openapi.json' });
    document = JSON.parse(text) as Document;
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId: id }]) => ({ id, method, path })),
    );
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  const call = async ({ method, path }: Operation, token: string | null) => {
    const { status, text, headers } = await send(relay.url, {
      method: method.toUpperCase(),
      path: path
        .replace('{uid}', 'ann')
        .replace('{channel_type}', '2')
        .replaceAll(/\{\w+\}/g, 'x'),
      ...(token === null ? {} : { headers: { authorization: `Bearer ${token}` } }),
    });
    const { code = null } = text.startsWith('{') ? (JSON.parse(text) as { code?: string }) : {};
    return { status, code, requestId: headers['x-request-id'] };
  };

  const allowed = [...forOwners, ...forUsers];

  it('knows every route, and all those that users may call exist', () => {
    const ids = operations.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([...forOwners, ...forAnyone]));
    expect(ids.length).toBeGreaterThan(35);
  });

  it.each(Object.keys(callers))('answers %s on every route', async (caller) => {
    const token = callers[caller] ?? null;
    for (const operation of operations) {
      const { status, code, requestId } = await call(operation, token);
      const outcome = status === 401 || status === 403 ? `${status} ${code}` : 'let in';
      expect({ operation, requestId }).toEqual({ operation, requestId: expect.any(String) as string });
      expect({ operation, outcome }).toEqual({ operation, outcome: expected(operation, caller) });
    }
  });

  function expected({ id, path }: Operation, caller: string): string {
    if (forAnyone.includes(id) || caller === 'the server') return 'let in';
    if (caller === 'the user') return allowed.includes(id) ? 'let in' : '403 forbidden';
    if (caller === 'another user')
      return allowed.includes(id) && !path.includes('{uid}') ? 'let in' : '403 forbidden';
    return `401 ${codes[caller] ?? 'invalid_user_token'}`;
  }

  it('documents the same', () => {
    for (const methods of Object.values(document.paths))
      for (const { operationId: id, security } of Object.values(methods)) {
        const names = security.flatMap((each) => Object.keys(each));
        const wanted = forAnyone.includes(id) ? [] : allowed.includes(id) ? ['server', 'user'] : ['server'];
        expect({ id, names }).toEqual({ id, names: wanted });
      }
  });

  it('tells nothing of a path to who may not call it', async () => {
    for (const caller of ['no token', 'an expired token', 'garbage in three parts']) {
      const unknown = await call({ id: '', method: 'get', path: '/v1/nothing' }, callers[caller] ?? null);
      expect(unknown.status).toBe(401);
    }
    expect((await api(relay.url, 'GET', '/nothing')).status).toBe(404);
  });

  it('takes a uid for itself only as it is written', async () => {
    const authorization = `Bearer ${callers['the user']}`;
    for (const path of ['/users/%61nn/badge', '/users/ann/badge?app=default'])
      expect((await api(relay.url, 'GET', path, undefined, { authorization })).status).toBe(200);
    for (const uid of ['Ann', 'ann%00', 'ann%20', 'ann%2F..%2Feve', 'eve', '%EF%BD%81nn', 'ann;eve']) {
      const { status } = await api(relay.url, 'GET', `/users/${uid}/badge`, undefined, { authorization });
      expect({ uid, status }).toEqual({ uid, status: 403 });
    }
  });
});
