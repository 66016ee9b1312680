import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import {
  api,
  apnsToken,
  closeConnections,
  eventually,
  metric,
  postMessage,
  registerApns,
  type MessageFields,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { answering, endless, FakeResolver, redirecting, silent } from '../helpers/fake-resolver';
import { Fakes } from '../helpers/fakes';
import { freePort } from '../helpers/free-port';
import type { RelayProcess } from '../helpers/relay-process';

afterAll(closeConnections);

const secret = 'secret-of-the-resolver';
const team = { channelType: 2, channelId: 'team' };
const team2 = { channel_type: 2, channel_id: 'team2' };
const hidden = ' / New message';

/** The longest timeout that there is, for answers that are to be in time on any machine. */
const inTime = ', timeout_ms: 5000';

const yamlOf = (url: string, more: string) => `
delivery: { storm: off }
content: { clear_on_read: true }
resolver: { url: "${url}", secret: ${secret}${more} }
`;

interface Shown {
  readonly title?: string;
  readonly body: string;
}

/** One relay with a resolver before it. Who is known stays known, so that each test has people of its own. */
class Stage {
  private constructor(
    readonly fakes: Fakes,
    readonly resolver: FakeResolver,
    readonly relay: RelayProcess,
  ) {}

  static async set(more: string, env: Readonly<Record<string, string>> = {}): Promise<Stage> {
    const [fakes, resolver] = await Promise.all([Fakes.start(), FakeResolver.start()]);
    return new Stage(fakes, resolver, await fakes.startRelay({ yaml: yamlOf(resolver.url, more), env }));
  }

  get url(): string {
    return this.relay.url;
  }

  /** For those who have an iPhone. */
  async register(...uids: readonly string[]): Promise<void> {
    for (const uid of uids) await registerApns(this.url, uid);
  }

  /** `title / body` of each push, in the order of their arrival. */
  async shown(fields: MessageFields, pushes = fields.to.length): Promise<readonly string[]> {
    const { apns } = this.fakes.sandbox;
    apns.reset();
    await postMessage(this.url, { payload: { type: 1, content: 'hi' }, ...fields });
    return (await apns.waitForAccepted(pushes)).map(({ payload }) => {
      const { title = '', body } = (payload['aps'] as { alert: Shown }).alert;
      return `${title} / ${body}`;
    });
  }

  requests(result: string): Promise<number> {
    return metric(this.url, 'relay_resolver_requests_total', { result });
  }

  /** The resolver has been asked nothing yet. */
  clear(): void {
    this.resolver.requests.length = 0;
    this.resolver.behave(answering({}));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.relay[Symbol.asyncDispose]();
    await this.resolver[Symbol.asyncDispose]();
    await this.fakes[Symbol.asyncDispose]();
  }
}

describeOnEachStore(
  'resolver',
  (store) => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.set(inTime, store.env());
    });
    beforeEach(() => stage.clear());
    afterAll(() => stage[Symbol.asyncDispose]());

    it('answers names, aliases, avatars, preferences and mutes, signed, without the payload', async () => {
      const { resolver, fakes } = stage;
      await stage.register('bob', 'carol', 'dave', 'erin');
      resolver.behave(
        answering({
          users: [{ uid: 'alice', name: 'Alice', avatar_url: 'https://img.example.com/alice.png' }],
          channels: [{ channel_type: 2, channel_id: 'team', name: 'Team' }],
          members: [{ channel_type: 2, channel_id: 'team', uid: 'alice', name: 'Captain' }],
          aliases: [{ uid: 'bob', peer_uid: 'alice', name: 'Sis' }],
          readers: [
            { uid: 'carol', preferences: { preview: 'sender' } },
            { uid: 'dave', mutes: [{ channel_type: 2, channel_id: 'team' }] },
          ],
        }),
      );
      const to = ['bob', 'carol', 'dave', 'erin', 'nobody'];
      const all = await stage.shown({ from: 'alice', to, ...team, messageId: '2200000000000000901' }, 3);
      expect([...all].sort()).toEqual([
        'Team / Captain sent a message',
        'Team / Captain: hi',
        'Team / Sis: hi',
      ]);
      const [push] = fakes.sandbox.apns.accepted;
      expect(push?.payload['wukongim']).toMatchObject({ avatar_url: 'https://img.example.com/alice.png' });
      expect(resolver.requests).toHaveLength(1);
      const [asked] = resolver.requests;
      expect(asked?.body).toEqual({
        uids: ['alice'],
        channels: [{ channel_type: 2, channel_id: 'team' }],
        readers: ['bob', 'carol', 'dave', 'erin'],
        message: expect.objectContaining({ message_id: '2200000000000000901', from_uid: 'alice' }),
      });
      const signature = createHmac('sha256', secret)
        .update(asked?.text ?? '')
        .digest('hex');
      expect(asked?.headers['x-signature-256']).toBe(`sha256=${signature}`);
      // All of it is known now, also of a conversation of two but for the mutes in it.
      const again = { from: 'alice', to: ['bob', 'carol', 'dave', 'erin'], ...team };
      expect(await stage.shown(again, 3)).toHaveLength(3);
      expect(resolver.requests).toHaveLength(1);
      expect(await stage.shown({ from: 'alice', to: ['erin'] })).toEqual(['Alice / hi']);
      expect(resolver.requests).toHaveLength(2);
      expect(resolver.requests[1]?.body).toMatchObject({ uids: ['alice'], channels: [], readers: ['erin'] });
      expect(await metric(stage.url, 'relay_resolver_cache_total', { state: 'fresh' })).toBeGreaterThan(10);
    });

    it('goes before what is stored, field by field, and the stored counts where it says nothing', async () => {
      await stage.register('ben', 'cleo');
      await api(stage.url, 'PUT', '/users/ann/profile', { name: 'Stored Ann' });
      await api(stage.url, 'PUT', '/users/zoe/profile', { name: 'Stored Zoe' });
      await api(stage.url, 'PUT', '/users/cleo/aliases/ann', { name: 'Stored alias' });
      stage.resolver.behave(answering({ users: [{ uid: 'ann', name: 'Ann' }] }));
      expect(await stage.shown({ from: 'ann', to: ['ben'] })).toEqual(['Ann / hi']);
      expect(await stage.shown({ from: 'zoe', to: ['ben'] })).toEqual(['Stored Zoe / hi']);
      expect(await stage.shown({ from: 'ann', to: ['cleo'] })).toEqual(['Stored alias / hi']);
    });

    it('says who is not to be woken by a push of the app server, and who hides which conversation was read', async () => {
      const { fakes, resolver, url } = stage;
      await stage.register('gus', 'hal', 'ida');
      resolver.behave(
        answering({
          readers: [
            { uid: 'gus', preferences: { muted_until: '2999-01-01T00:00:00Z' } },
            { uid: 'ida', preferences: { preview: 'none' } },
          ],
        }),
      );
      const push = { uids: ['gus', 'hal'], notification: { title: 'Sale' } };
      fakes.sandbox.apns.reset();
      await api(url, 'POST', '/push', { ...push, respect_preferences: true });
      const [sale] = await fakes.sandbox.apns.waitForAccepted(1);
      expect(sale?.token).toBe(apnsToken('hal/phone'));
      fakes.sandbox.apns.reset();
      await api(url, 'POST', '/push', push);
      expect(await fakes.sandbox.apns.waitForAccepted(2)).toHaveLength(2);
      fakes.sandbox.apns.reset();
      await api(url, 'POST', '/users/ida/read', { channel_type: 2, channel_id: 'secret' });
      const [read] = await fakes.sandbox.apns.waitForAccepted(1);
      expect(read?.payload['wukongim']).toMatchObject({ kind: 'read' });
      expect(JSON.stringify(read)).not.toContain('secret');
    });

    it('shows names to those whom it answers for later, of one message', async () => {
      const readers = Array.from({ length: 130 }, (_, number) => `late${number}`);
      await stage.register(...readers);
      const named = answering({ channels: [{ channel_type: 2, channel_id: 'late', name: 'Late' }] });
      let calls = 0;
      stage.resolver.behave((response) => ((calls += 1) === 1 ? answering({}, 500) : named)(response));
      const texts = await stage.shown({ from: 'lea', to: readers, channelType: 2, channelId: 'late' });
      expect(texts.filter((text) => text.startsWith('Late / ')).length).toBeGreaterThanOrEqual(30);
      expect(texts.filter((text) => !text.startsWith('Late / ')).length).toBeGreaterThan(0);
    });

    it('forgets whom the relay erases', async () => {
      await stage.register('bill');
      stage.resolver.behave(answering({ users: [{ uid: 'amy', name: 'Amy' }] }));
      expect(await stage.shown({ from: 'amy', to: ['bill'] })).toEqual(['Amy / hi']);
      stage.resolver.behave(answering({}));
      await api(stage.url, 'DELETE', '/users/amy');
      expect(await stage.shown({ from: 'amy', to: ['bill'] })).toEqual(['New message / hi']);
    });

    it('takes nothing about whom the relay erases from an answer that was on its way', async () => {
      const { resolver, fakes, url } = stage;
      const known = answering({
        users: [{ uid: 'eve', name: 'Eve' }],
        channels: [{ ...team2, name: 'Team 2' }],
      });
      await stage.register('bert');
      const asked = new Promise<ServerResponse>((resolve) => resolver.behave(resolve));
      fakes.sandbox.apns.reset();
      const message = { from: 'eve', to: ['bert'], channelType: 2, channelId: 'team2' };
      await postMessage(url, { payload: { type: 1, content: 'hi' }, ...message });
      const response = await asked;
      await api(url, 'DELETE', '/users/eve');
      resolver.behave(answering({}));
      known(response);
      await fakes.sandbox.apns.waitForAccepted(1);
      // What the answer says of others is kept.
      expect(await stage.shown(message)).toEqual(['Team 2 / Someone: hi']);
      expect(resolver.requests.map(({ body }) => body.uids)).toEqual([['eve'], ['eve']]);
    });
  },
  ['embedded', 'redis'],
);

describe('a resolver that may take five seconds', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.set(inTime);
    await stage.register('bob', 'carol');
  });
  beforeEach(() => stage.clear());
  afterAll(() => stage[Symbol.asyncDispose]());

  it.each([
    ['is too late', silent, 'late'],
    ['answers 404', answering({}, 404), 'status'],
    ['answers 500', answering({}, 500), 'status'],
    ['redirects', redirecting, 'status'],
    ['answers nonsense', answering('<html>Bad gateway</html>'), 'nonsense'],
    ['answers another type', answering([]), 'nonsense'],
    ['answers without end', endless, 'unreachable'],
  ] as const)('hides the text where it %s', async (way, behavior, result) => {
    // Its answer ends the outage of the row before.
    await stage.shown({ from: `friend before it ${way}`, to: ['carol'] });
    const [before, from] = [await stage.requests(result), `stranger while it ${way}`];
    await api(stage.url, 'PUT', `/users/${encodeURIComponent(from)}/profile`, { name: 'Alice' });
    stage.resolver.behave(behavior);
    await stage.register(`reader while it ${way}`);
    expect(await stage.shown({ from, to: [`reader while it ${way}`] })).toEqual([hidden]);
    expect(await stage.requests(result)).toBe(before + 1);
  });

  it('hides the text of a reader whose wishes it does not understand, and of no other', async () => {
    await stage.register('ben', 'cleo');
    stage.resolver.behave(answering({ readers: [{ uid: 'ben', preferences: { preview: 'everything' } }] }));
    const all = await stage.shown({ from: 'alice', to: ['ben', 'cleo'], ...team });
    expect([...all].sort()).toEqual([hidden, 'Group chat / Someone: hi']);
  });

  it('is asked for at most 100 readers in a call', async () => {
    const readers = Array.from({ length: 130 }, (_, number) => `member${number}`);
    await stage.register(...readers);
    expect(await stage.shown({ from: 'alice', to: readers, ...team })).toHaveLength(130);
    const counts = stage.resolver.requests.map(({ body }) => body.readers.length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(100);
    expect(new Set(stage.resolver.requests.flatMap(({ body }) => body.readers)).size).toBe(130);
  });
});

describe('a resolver that is silent', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.set(', timeout_ms: 300');
    await stage.register('bob');
  });
  beforeEach(() => {
    stage.clear();
    stage.resolver.behave(silent);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  it('leaves a phone that has a preview of its own as it is', async () => {
    const device = { provider: 'apns', token: 'ab'.repeat(32), preview: 'full' };
    await api(stage.url, 'PUT', '/users/frank/devices/phone', device);
    expect(await stage.shown({ from: 'alice', to: ['frank'] })).toEqual(['New message / hi']);
  });

  it('is left alone while it is down: one line an outage, degraded, and back by itself', async () => {
    const { relay, resolver } = stage;
    for (let round = 0; round < 3; round += 1)
      expect(await stage.shown({ from: `stranger${round}`, to: ['bob'] })).toEqual([hidden]);
    await relay.logged(({ event }) => event === 'resolver_away');
    const [asked, startedMs] = [resolver.requests.length, performance.now()];
    for (let round = 0; round < 20; round += 1)
      expect(await stage.shown({ from: `other${round}`, to: ['bob'] })).toEqual([hidden]);
    // One every five seconds is a probe.
    const probes = Math.ceil((performance.now() - startedMs) / 5_000);
    expect(resolver.requests.length - asked).toBeLessThanOrEqual(probes);
    const readyz = await (await fetch(`${relay.url}/readyz`)).json();
    expect(readyz).toMatchObject({
      status: 'degraded',
      checks: expect.arrayContaining([expect.objectContaining({ name: 'resolver', status: 'degraded' })]),
    });
    resolver.behave(answering({ users: [{ uid: 'alice', name: 'Alice' }] }));
    await eventually(
      () => stage.shown({ from: 'alice', to: ['bob'] }),
      ([text]) => text === 'Alice / hi',
    );
    await relay.logged(({ event }) => event === 'resolver_back');
    expect(relay.log.filter(({ event }) => event === 'resolver_away')).toHaveLength(1);
    expect(await (await fetch(`${relay.url}/readyz`)).json()).toMatchObject({
      checks: expect.arrayContaining([expect.objectContaining({ name: 'resolver', status: 'ok' })]),
    });
  });
});

describe('a resolver that gets the payload, and whose answers are old after a second', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.set(`${inTime}, include_payload: true, cache: { max_age: 1 }`);
    await stage.register('bob');
  });
  beforeEach(() => stage.clear());
  afterAll(() => stage[Symbol.asyncDispose]());

  it('gets it as it came', async () => {
    const payload = { type: 1, content: 'hi' };
    expect(await stage.shown({ from: 'carol', to: ['bob'], payload })).toEqual(['New message / hi']);
    const [asked] = stage.resolver.requests;
    expect(JSON.parse(Buffer.from(asked?.body.payload ?? '', 'base64').toString())).toEqual(payload);
  });

  it('is used with an old answer first, which is renewed behind', async () => {
    const { resolver } = stage;
    resolver.behave(answering({ users: [{ uid: 'alice', name: 'Alice' }] }));
    expect(await stage.shown({ from: 'alice', to: ['bob'] })).toEqual(['Alice / hi']);
    resolver.requests.length = 0;
    resolver.behave(silent);
    const stale = () => metric(stage.url, 'relay_resolver_cache_total', { state: 'stale' });
    const before = await stale();
    await eventually(
      async () => {
        expect(await stage.shown({ from: 'alice', to: ['bob'] })).toEqual(['Alice / hi']);
        return stale();
      },
      (count) => count > before,
    );
    await eventually(
      () => Promise.resolve(resolver.requests.length),
      (count) => count > 0,
    );
  });
});

describe('the resolver of docs/resolver.md', () => {
  it('answers the relay, and nobody without its signature', async () => {
    const page = readFileSync(join(__dirname, '../../docs/resolver.md'), 'utf8');
    const code = /```js\n([^`]*(?:`(?!``)[^`]*)*)```/.exec(page)?.[1] ?? '';
    expect(code.trim().split('\n').length).toBeLessThanOrEqual(24);
    const port = await freePort();
    const example = spawn(process.execPath, ['-e', code], {
      env: { PORT: String(port), SECRET: secret },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const url = `http://127.0.0.1:${port}/`;
    await eventually(
      () =>
        fetch(url, { method: 'POST', body: '{}' }).then(
          ({ status }) => status,
          () => 0,
        ),
      (status) => status === 401,
    );
    await using fakes = await Fakes.start();
    await using relay = await fakes.startRelay({ yaml: yamlOf(url, inTime) });
    await registerApns(relay.url, 'bob');
    await postMessage(relay.url, { from: 'alice', to: ['bob'], payload: { type: 1, content: 'hi' } });
    const [push] = await fakes.sandbox.apns.waitForAccepted(1);
    expect(push?.payload['aps']).toMatchObject({ alert: { title: 'Sis', body: 'hi' } });
    example.kill();
    await once(example, 'exit');
  });
});
