import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../src/domain/clock';
import { silentLogger } from '../../src/domain/logger';
import type { Delivery } from '../../src/domain/notification';
import type { Outcome } from '../../src/domain/outcome';
import { createApnsProvider } from '../../src/providers/apns/provider';
import { createFcmProvider } from '../../src/providers/fcm/provider';
import type { ServiceAccount } from '../../src/providers/fcm/credential/service-account';
import type { Provider } from '../../src/providers/provider';
import { createIdentity, type SandboxIdentity } from '../../src/sandbox/certificates/identity';
import { createHttp2Client } from '../../src/transport/http2-client';
import { Seeded } from '../fuzz/seeded';
import { hostileAnswer, ownError, rules, type HostileAnswer, type Victim } from '../hostile/answers';
import { AnsweringServer } from '../hostile/answering-server';
import { createTestAuthority } from './certificates';
import { sendAll } from './provider-suite';

const generated = 6;
const project = 'demo-project';
const projectName = `projects/${project}/messages/`;
const secrets = ['eyJ', 'ya29.', 'abababababababab', 'hello 你好'];

let identity: SandboxIdentity;
let server: AnsweringServer;
let tokenEndpoint: TokenEndpoint;
let url: string;
let ca: string;

beforeAll(async () => {
  identity = await createIdentity({ clock: systemClock });
  const authority = await createTestAuthority();
  ca = authority.cert;
  server = new AnsweringServer(await authority.issue(['127.0.0.1']));
  url = await server.listen();
  tokenEndpoint = new TokenEndpoint();
  await tokenEndpoint.listen();
});

afterAll(async () => {
  await server.close();
  await tokenEndpoint.close();
});

describe('what providers make of answers', () => {
  const context = {
    clock: systemClock,
    logger: silentLogger,
    createClient: (options: Parameters<typeof createHttp2Client>[0]) => createHttp2Client(options, context),
  };
  let apns: Provider;
  let fcm: Provider;

  beforeAll(() => {
    const { keyPem, keyId, teamId, topic } = identity.apns;
    const endpoint = { url, proxyUrl: null };
    const shared = {
      app: 'default',
      ca,
      connections: { min: 1, max: 2 },
      timeoutMs: 10_000,
      dataStyle: 'nested',
      mutableContent: false,
    } as const;
    apns = createApnsProvider(
      {
        ...shared,
        topic,
        credentials: [{ environments: ['production'], kind: 'token', keyPem, keyId, teamId }],
        endpoints: { production: endpoint, sandbox: endpoint },
      },
      { ...context, sharedTokens: null },
    );
    fcm = createFcmProvider(
      {
        ...shared,
        projectId: project,
        credential: { kind: 'service_account', account: accountAt(tokenEndpoint.url), tokenProxyUrl: null },
        url,
        proxyUrl: null,
        androidMode: 'notification',
        androidChannelId: null,
        apnsTopic: null,
      },
      context,
    );
    tokenEndpoint.answer = goodToken;
  });

  afterAll(async () => {
    await apns.close(0);
    await fcm.close(0);
  });

  const sendOne = async (provider: Provider, delivery: Delivery): Promise<Outcome> => {
    const [outcome] = await sendAll(provider, [delivery]);
    if (outcome === undefined) throw new Error('no outcome');
    return outcome;
  };

  describe.each(Object.keys(rules))('%s', (rule) => {
    it('is no verdict of APNs, whatever it says', async () => {
      const random = new Seeded(hash(rule));
      for (let count = 0; count < generated; count += 1) {
        const delivery = iPhone();
        const answer = hostileAnswer(random, { provider: 'apns', id: delivery.id }, rule);
        server.answer = () => answer;
        expectForeign(await sendOne(apns, delivery), answer);
      }
    });

    it('is no verdict of FCM, whatever it says', async () => {
      const random = new Seeded(hash(rule));
      for (let count = 0; count < generated; count += 1) {
        const answer = hostileAnswer(random, { provider: 'fcm', project }, rule);
        server.answer = () => answer;
        expectForeign(await sendOne(fcm, android()), answer);
      }
    });
  });

  it('takes what APNs itself says, failure and success alike', async () => {
    const random = new Seeded(1);
    for (let count = 0; count < 40; count += 1) {
      const delivery = iPhone();
      server.answer = () => own(ownError(random, { provider: 'apns', id: delivery.id }));
      expect(await sendOne(apns, delivery)).not.toMatchObject({
        reason: expect.stringMatching(/^not an answer/),
      });
    }
    const delivery = iPhone();
    server.answer = () =>
      own({ status: 200, headers: { 'apns-id': delivery.id.toUpperCase() }, body: Buffer.alloc(0) });
    expect(await sendOne(apns, delivery)).toEqual({ kind: 'accepted', receipt: delivery.id.toUpperCase() });
  });

  it('takes what FCM itself says, failure and success alike', async () => {
    const random = new Seeded(1);
    for (let count = 0; count < 40; count += 1) {
      server.answer = () => own(ownError(random, { provider: 'fcm', project }));
      expect(await sendOne(fcm, android())).not.toMatchObject({
        reason: expect.stringMatching(/^not an answer/),
      });
    }
    const name = `${projectName}0:1795345760000000%31bd1c96`;
    const type = { 'content-type': 'application/json; charset=UTF-8' };
    server.answer = () => own({ status: 200, headers: type, body: Buffer.from(JSON.stringify({ name })) });
    expect(await sendOne(fcm, android())).toEqual({ kind: 'accepted', receipt: name });
  });

  it.each(Object.keys(rules))(
    'gets no access token from a token endpoint that answers with %s',
    async (rule) => {
      const random = new Seeded(hash(rule));
      const victim: Victim = { provider: 'oauth' };
      for (let count = 0; count < generated; count += 1) {
        const answer = hostileAnswer(random, victim, rule);
        if (answer.ending === 'reset') continue;
        tokenEndpoint.answer = answer;
        const one = createFcmProvider(
          {
            app: 'default',
            ca,
            connections: { min: 1, max: 1 },
            timeoutMs: 10_000,
            dataStyle: 'nested',
            mutableContent: false,
            projectId: project,
            credential: {
              kind: 'service_account',
              account: accountAt(tokenEndpoint.url),
              tokenProxyUrl: null,
            },
            url,
            proxyUrl: null,
            androidMode: 'notification',
            androidChannelId: null,
            apnsTopic: null,
          },
          context,
        );
        const outcome = await sendOne(one, android());
        await one.close(0);
        expect({ rule, answer: sight(answer), outcome }).toMatchObject({
          outcome: {
            kind: 'unavailable',
            ambiguous: false,
            reason: expect.stringContaining('token endpoint'),
          },
        });
        expectShowable(outcome);
      }
      tokenEndpoint.answer = goodToken;
    },
  );
});

describe('what is shown of a foreign answer', () => {
  const answers: readonly (readonly [string, HostileAnswer, RegExp])[] = [
    [
      'a log-in page',
      page(200, '<html><head><title>\n Hotel Wi-Fi: sign in </title>'),
      /status 200, text\/html, “Hotel Wi-Fi: sign in”/,
    ],
    ['an empty answer', { ...page(404, ''), headers: {} }, /status 404, no content type, empty body/],
    [
      'a text',
      { ...page(502, 'upstream connect error'), headers: { 'content-type': 'text/plain' } },
      /“upstream connect error”/,
    ],
    [
      'a redirection',
      { ...page(302, ''), headers: { location: 'https://portal.example/login?for=abc' } },
      /status 302, to https:\/\/portal.example\/login, /,
    ],
    [
      'JSON',
      { ...page(403, '{"error":"denied","token":"ya29.secret-1234567890123456"}'), headers: {} },
      /JSON with error token: “denied”/,
    ],
    [
      'an echo of the request',
      page(
        200,
        `POST /3/device/${'ab'.repeat(32)} authorization: bearer eyJhbGciOiJFUzI1NiIsImtpZCI6IkFCQyJ9.eyJpc3MiOiJURUFNMTIzNDU2In0.c2lnbmF0dXJlc2lnbmF0dXJl`,
      ),
      /text\/html, “POST/,
    ],
  ];

  it.each(answers)('%s: enough to recognize who answered, and no secret', async (_, answer, shown) => {
    const context = {
      clock: systemClock,
      logger: silentLogger,
      createClient: (options: Parameters<typeof createHttp2Client>[0]) => createHttp2Client(options, context),
    };
    const { keyPem, keyId, teamId, topic } = identity.apns;
    const endpoint = { url, proxyUrl: null };
    const apns = createApnsProvider(
      {
        app: 'default',
        ca,
        connections: { min: 1, max: 1 },
        timeoutMs: 10_000,
        dataStyle: 'nested',
        mutableContent: false,
        topic,
        credentials: [{ environments: ['production'], kind: 'token', keyPem, keyId, teamId }],
        endpoints: { production: endpoint, sandbox: endpoint },
      },
      { ...context, sharedTokens: null },
    );
    server.answer = () => answer;
    const [outcome] = await sendAll(apns, [iPhone()]);
    await apns.close(0);
    expect(outcome).toMatchObject({ kind: 'unavailable', reason: expect.stringMatching(shown) });
    expectShowable(outcome as Outcome);
  });
});

function expectForeign(outcome: Outcome, answer: HostileAnswer): void {
  expect({ answer: sight(answer), outcome }).toMatchObject({ outcome: { kind: 'unavailable' } });
  expectShowable(outcome);
}

function expectShowable(outcome: Outcome): void {
  const { reason, retryAfterMs } = outcome as Extract<Outcome, { kind: 'unavailable' }>;
  expect(reason.length).toBeLessThanOrEqual(320);
  expect(reason).toMatch(/^[\p{L}\p{N}\p{P}\p{S} ]+$/u);
  for (const secret of secrets) expect(reason).not.toContain(secret);
  if (retryAfterMs !== null) expect(retryAfterMs).toBeGreaterThan(0);
}

function sight({ rule, status, headers, body, ending }: HostileAnswer): object {
  return { rule, status, headers, ending, body: body.toString('latin1', 0, 200) };
}

function own(answer: Pick<HostileAnswer, 'status' | 'headers' | 'body'>): HostileAnswer {
  return { rule: 'own', ending: 'whole', ...answer };
}

function page(status: number, html: string): HostileAnswer {
  return own({ status, headers: { 'content-type': 'text/html' }, body: Buffer.from(html) });
}

function iPhone(): Delivery {
  const device = { uid: 'carol', deviceId: 'iphone', platform: 'ios', lane: 'production' } as const;
  return { ...device, id: randomUUID(), tokenKind: 'alert', token: 'ab'.repeat(32), badge: null };
}

function android(): Delivery {
  const device = { uid: 'carol', deviceId: 'pixel', platform: 'android', lane: 'production' } as const;
  return { ...device, id: randomUUID(), tokenKind: 'alert', token: 'c1:APA91b-token', badge: null };
}

function accountAt(tokenUri: string): ServiceAccount {
  const { clientEmail, privateKey, privateKeyId } = identity.fcm;
  return { projectId: project, clientEmail, privateKey, privateKeyId, tokenUri } as ServiceAccount;
}

function hash(text: string): number {
  let value = 7;
  for (const character of text) value = (value * 31 + character.charCodeAt(0)) | 0;
  return value;
}

const goodToken = own({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from('{"access_token":"ya29.test","expires_in":3599,"token_type":"Bearer"}'),
});

/** Google's token endpoint, over HTTP/1.1. */
class TokenEndpoint {
  answer: HostileAnswer = goodToken;
  readonly #server = createServer((request, response) => {
    request.resume().on('end', () => {
      const { status, headers, body, ending } = this.answer;
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      response.statusCode = status;
      if (ending === 'whole') response.end(body);
      else response.write(body, () => response.destroy());
    });
  });

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/token`;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
