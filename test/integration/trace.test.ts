import { reply, type Answer } from '../../src/sandbox/answer';
import {
  api,
  apnsToken,
  closeConnections,
  eventually,
  messageBody,
  metric,
  postEvent,
  registerApns,
  type MessageFields,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { apiKey, Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';
import { runInProcess } from '../helpers/run-command';

const yaml = `
delivery: { retry: { unavailable: { apns_floor_seconds: 1, base_seconds: 0.5 } } }
`;

describeOnEachStore('the trace of a message', (store) => {
  let fakes: Fakes;
  let relay: RelayProcess;
  let upSinceMs: number;
  let lastId = 3_000_000_000_000_000_000n;

  beforeAll(async () => {
    fakes = await Fakes.start();
    relay = await fakes.startRelay({ env: store.env(), yaml });
    upSinceMs = Date.now();
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  afterEach(() => fakes.sandbox.apns.reset());

  /** Of this user alone: pushes of the tests before may still be sent again. */
  const refuse = (uid: string, times: number, answer: Answer) =>
    fakes.sandbox.apns.script({ when: { token: apnsToken(`${uid}/phone`) }, times, answer });

  const post = async (fields: MessageFields, change = (body: string) => body): Promise<string> => {
    lastId += 1n;
    const messageId = String(lastId);
    await postEvent(relay.url, 'msg.offline', change(messageBody({ messageId, ...fields })));
    return fields.messageId ?? messageId;
  };

  /** What the command prints, once it says so. */
  const told = async (id: string, words: RegExp): Promise<string> => {
    const ask = async (): Promise<string> => {
      // Steps are written once a second: to ask more often costs more than all else here.
      await new Promise((resolve) => setTimeout(resolve, 100));
      const env = { RELAY_URL: relay.url, RELAY_API_KEY: apiKey };
      const { stdout, stderr } = await runInProcess(['trace', id], { env });
      return stdout + stderr;
    };
    return eventually(ask, (text) => words.test(text));
  };

  it('reaches back to the start of the relay while nothing has come, and later to what it lists', async () => {
    const since = async (path: string) =>
      (await api(relay.url, 'GET', path)).body as { items: { received_at: string }[]; since: string };
    const before = await since('/messages');
    expect(before.items).toEqual([]);
    expect(Date.parse(before.since)).toBeLessThanOrEqual(upSinceMs);
    await told(await post({ to: ['adam'] }), /adam has no device registered/);
    for (const path of ['/messages', '/users/adam/recent']) {
      const { items, since: from } = await since(path);
      expect([path, from <= (items[0]?.received_at ?? '')]).toEqual([path, true]);
    }
  });

  it('tells who got it, and what the provider called it', async () => {
    await registerApns(relay.url, 'carol');
    const id = await post({ to: ['carol', 'dave'] });
    const text = await told(id, /accepted by the provider/);
    const [push] = fakes.sandbox.apns.accepted;
    expect(text).toContain(`attempt 1: accepted, id ${String(push?.headers['apns-id'])}`);
    expect(text).toContain('dave has no device registered');
    expect(text).not.toContain('text of');
    const { body } = await api(relay.url, 'GET', '/users/dave/recent');
    expect(body.items).toMatchObject([
      { message_id: id, recipients: [{ uid: 'dave', result: 'no_device' }] },
    ]);
    const [recent] = body.items as { counts: unknown }[];
    expect(recent?.counts).toEqual({ no_device: 1 });
  });

  it.each([
    ['a dead device token', 410, 'Unregistered', /the device token is dead: Unregistered/],
    ['a wrong bundle id', 400, 'DeviceTokenNotForTopic', /another bundle id/],
    ['a provider that fails', 503, 'Shutdown', /the provider did not answer, or failed: Shutdown/],
    ['a provider that throttles', 429, 'TooManyRequests', /throttled by the provider: TooManyRequests/],
    ['a token of the other environment', 400, 'BadDeviceToken', /a token of the other environment/],
  ])('names %s', async (_, status, reason, words) => {
    const uid = `of-${reason}`;
    await registerApns(relay.url, uid);
    refuse(uid, reason === 'BadDeviceToken' ? 2 : 1, reply(status, reason));
    expect(await told(await post({ to: [uid] }), words)).toMatch(words);
  });

  it('shows both attempts where the second one is accepted', async () => {
    await registerApns(relay.url, 'erin');
    refuse('erin', 1, reply(503, 'Shutdown'));
    const text = await told(await post({ to: ['erin'] }), /attempt 2: accepted/);
    expect(text).toMatch(/attempt 1: .*Shutdown[\s\S]*waits[\s\S]*attempt 2: accepted/);
  });

  it('names no dead letter for a test push that was not accepted, because none is kept', async () => {
    await registerApns(relay.url, 'tess');
    refuse('tess', 1, reply(503, 'Shutdown'));
    await api(relay.url, 'POST', '/users/tess/test-push');
    const text = await told('tess', /attempt 1: .*Shutdown/);
    expect(text).toMatch(/dropped: not_retried \(a test push is tried once\)\n.*→ given up\n/);
    const { body } = await api(relay.url, 'GET', '/dead-letters');
    expect(JSON.stringify(body.items)).not.toContain('"tess"');
  });

  it('tells nothing of a user who was erased before the provider answered', async () => {
    await registerApns(relay.url, 'olga');
    fakes.sandbox.apns.freeze();
    const id = await post({ to: ['olga', 'nobody-else'] });
    const trace = async () =>
      (await api(relay.url, 'GET', `/messages/${id}`)).body as { counts?: Record<string, number> };
    await eventually(trace, ({ counts }) => counts?.pushed === 1 && counts.no_device === 1);
    expect((await api(relay.url, 'DELETE', '/users/olga')).status).toBe(204);
    const accepted = () => metric(relay.url, 'relay_deliveries_total', { outcome: 'accepted' });
    const before = await accepted();
    fakes.sandbox.apns.thaw();
    await eventually(accepted, (count) => count > before);
    expect((await api(relay.url, 'GET', '/users/olga/recent')).body.items).toEqual([]);
    expect(await trace()).toMatchObject({ counts: { no_device: 1 }, recipients: [{ uid: 'nobody-else' }] });
    await registerApns(relay.url, 'olga');
    await told(await post({ to: ['olga'] }), /accepted by the provider/);
  });

  it('names what the user has set', async () => {
    await registerApns(relay.url, 'frank');
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await api(relay.url, 'PUT', '/users/frank/mutes/2/team', { until });
    const muted = await post({ to: ['frank'], channelId: 'team', channelType: 2 });
    expect(await told(muted, /muted/)).toContain(`the conversation is muted until ${until}`);
    // At any time of the day: for an hour before and after now.
    const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    const quiet_hours = { start: inHours(-1), end: inHours(1), timezone: 'UTC' };
    await api(relay.url, 'PUT', '/users/frank/preferences', { quiet_hours });
    const quiet = await post({ to: ['frank'] });
    expect(await told(quiet, /quiet hours/)).toContain(
      `quiet hours ${quiet_hours.start} to ${quiet_hours.end} (UTC)`,
    );
  });

  it('names what the message is', async () => {
    await registerApns(relay.url, 'gina');
    const to = ['gina'];
    await told(await post({ to, from: 'gina' }), /gina sent it/);
    await told(await post({ to, payload: { type: 1, visibles: ['bob'] } }), /hides itself from gina/);
    await told(await post({ to, payload: { type: 2, url: 'x' } }), /rendered as type 2 \(image\)/);
    await told(await post({ to, expire: 1 }), /the message has expired/);
    await told(
      await post({ to }, (body) => body.replace('"no_persist":0', '"no_persist":1')),
      /does not store/,
    );
    await told(
      await post({ to }, (body) => body.replace('"setting":0', '"setting":32')),
      /encrypted: neutral/,
    );
    const twice = await post({ to });
    await told(twice, /accepted by the provider/);
    await post({ to, messageId: twice });
    await told(twice, /received again at .*, dropped as a duplicate/);
  });

  it('names a storm', async () => {
    await registerApns(relay.url, 'hugo');
    const held = () => metric(relay.url, 'relay_recipients_total', { result: 'storm' });
    const before = await held();
    // A minute may end among them, and what comes then is counted anew.
    while ((await held()) < before + 2) await post({ to: ['hugo'] });
    const recent = async () =>
      (await api(relay.url, 'GET', '/users/hugo/recent')).body.items as {
        readonly message_id: string;
        readonly counts: Readonly<Record<string, number>>;
      }[];
    const isHeld = ({ counts }: Awaited<ReturnType<typeof recent>>[number]) => counts['storm'] === 1;
    const found = (await eventually(recent, (items) => items.some(isHeld))).find(isHeld);
    await told(
      String(found?.message_id),
      /too many messages in a minute[\s\S]*left to a summary or a later message/,
    );
  });

  it('says that WuKongIM has not sent it, also of a uid that nobody knows', async () => {
    expect(await told('nobody', /WuKongIM has not sent this/)).toContain('nobody has no device registered');
    const { status, body } = await api(relay.url, 'GET', '/messages/1');
    expect([status, body.code]).toEqual([404, 'message_not_found']);
  });

  it('shows a push of the app server by its id', async () => {
    await registerApns(relay.url, 'ivan');
    const push = await api(relay.url, 'POST', '/push', { uids: ['ivan'], notification: { title: 'Hi' } });
    await told(String(push.body.id), /^push .*accepted by the provider/s);
  });

  it('counts those of a large group who got it, and lists the others', async () => {
    await registerApns(relay.url, 'judy');
    const to = ['judy', ...Array.from({ length: 10_000 }, (_, index) => `member-${index}`)];
    const id = await post({ to, channelId: 'team', channelType: 2 });
    const { body } = await eventually(
      () => api(relay.url, 'GET', `/messages/${id}?limit=1000`),
      (answer) => answer.body.counts?.no_device === 10_000,
    );
    expect(body.counts).toEqual({ pushed: 1, no_device: 10_000 });
    expect(body.recipients).toHaveLength(1_000);
    expect(JSON.stringify(body.recipients)).not.toContain('judy');
    expect(await told(id, /member-/)).toMatch(/There are more recipients \(--limit: at most 1000\)\.\n$/);
  });

  it('forgets a user who is erased', async () => {
    await registerApns(relay.url, 'kate');
    const id = await post({ to: ['kate', 'leo'] });
    await told(id, /accepted by the provider/);
    await api(relay.url, 'DELETE', '/users/kate');
    const { body } = await api(relay.url, 'GET', `/messages/${id}`);
    expect(JSON.stringify(body)).not.toContain('kate');
    expect(body.counts).toEqual({ no_device: 1 });
  });

  it('names a refused credential', async () => {
    await registerApns(relay.url, 'mona');
    refuse('mona', 2, reply(403, 'InvalidProviderToken'));
    await told(
      await post({ to: ['mona'] }),
      /the key, key id or team id is wrong[\s\S]*credential is accepted again/,
    );
  });
});
