import { rm } from 'node:fs/promises';
import { hang } from '../../src/sandbox/answer';
import { textHash } from '../../src/store/traces/text-hash';
import {
  api,
  closeConnections,
  eventually,
  metric,
  postMessage,
  registerApns,
  type ApiAnswer,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { FakeWukongim } from '../helpers/fake-wukongim';
import { apiKey, Fakes } from '../helpers/fakes';
import { temporaryDirectory } from '../helpers/relay-process';
import { runInProcess } from '../helpers/run-command';

const idOf = (number: number) => String(3_100_000_000_000_000_000n + BigInt(number));

/** A kill leaves the claim of what was in flight. */
const brief = `
providers: { apns: { timeout_seconds: 2 }, fcm: { timeout_seconds: 2 } }
delivery:
  claim_seconds: 5
  renewal_seconds: 1`;

const traceOf = (url: string, id: string) => api(url, 'GET', `/messages/${id}`);
const resultsOf = ({ body }: ApiAnswer) =>
  ((body as { recipients?: { result: string }[] }).recipients ?? []).map(({ result }) => result);

describeOnEachStore(
  'a trace',
  (store) => {
    let fakes: Fakes;
    let prefixes = 0;

    beforeAll(async () => (fakes = await Fakes.start()));
    afterEach(() => fakes.sandbox.reset());
    afterAll(async () => {
      closeConnections();
      await fakes[Symbol.asyncDispose]();
    });

    const ownEnv = () => ({ ...store.env(), REDIS_PREFIX: `trace${(prefixes += 1)}:` });

    it.each([
      [0, 'The relay keeps no traces: trace.sample is 0.'],
      [0.001, 'Or it left no trace: trace.sample is 0.001.'],
    ])('is not taken for missing where the sample is %d', async (sample, words) => {
      await using relay = await fakes.startRelay({ env: ownEnv(), yaml: `trace: { sample: ${sample} }` });
      let messageId = idOf(100);
      for (let number = 101; textHash(messageId) < sample * 2 ** 32; number += 1) messageId = idOf(number);
      await postMessage(relay.url, { messageId, to: ['nina'] });
      for (const id of [messageId, 'nina']) {
        const env = { RELAY_URL: relay.url, RELAY_API_KEY: apiKey };
        const { code, stderr } = await runInProcess(['trace', id], { env });
        expect([id, code, stderr]).toEqual([id, 1, expect.stringContaining(words)]);
        expect(stderr).not.toContain('WuKongIM has not sent this');
      }
      expect((await traceOf(relay.url, messageId)).body.detail).toContain(words);
      expect((await api(relay.url, 'GET', '/users/nina/recent')).body).toMatchObject({ items: [], sample });
    });

    it('names who was online by the word of WuKongIM', async () => {
      const managerToken = 'a-token-of-managers';
      await using wukongim = await FakeWukongim.start({ version: 'v2', managerToken });
      wukongim.connect('mona', 0);
      await using relay = await fakes.startRelay({
        env: ownEnv(),
        yaml: `
presence: { skip_online: any }
wukongim: { api_url: "${wukongim.url}", manager_token: ${managerToken}, timeout_ms: 5s }
`,
      });
      for (const uid of ['mona', 'nora']) await registerApns(relay.url, uid);
      const messageId = idOf(1);
      await postMessage(relay.url, { messageId, to: ['mona', 'nora'] });
      const { body } = await eventually(
        () => traceOf(relay.url, messageId),
        (answer) => resultsOf(answer).length === 2 && resultsOf(answer).includes('online'),
      );
      expect(body).toMatchObject({ counts: { online: 1, pushed: 1 } });
      expect(body.recipients).toEqual(
        expect.arrayContaining([expect.objectContaining({ uid: 'mona', result: 'online', devices: [] })]),
      );
    });

    it('is left by the share of messages that trace.sample tells, the same ones in each relay', async () => {
      await using relay = await fakes.startRelay({ env: ownEnv(), yaml: 'trace: { sample: 0.5 }' });
      const ids = Array.from({ length: 40 }, (_, at) => idOf(100 + at));
      const traced = ids.filter((id) => textHash(id) < 0.5 * 2 ** 32);
      expect(traced.length).toBeGreaterThan(5);
      expect(traced.length).toBeLessThan(35);
      // The traced ones last: by the time that they are there, so would be the others.
      for (const id of [...ids].sort(
        (one, other) => Number(traced.includes(one)) - Number(traced.includes(other)),
      ))
        await postMessage(relay.url, { messageId: id, to: ['nobody'] });
      for (const id of traced)
        await eventually(
          () => traceOf(relay.url, id),
          (answer) => resultsOf(answer)[0] === 'no_device',
        );
      for (const id of ids.filter((each) => !traced.includes(each))) {
        const { status, body } = await traceOf(relay.url, id);
        expect([status, body.code]).toEqual([404, 'message_not_found']);
      }
    });

    it('names the relay that was too late, as the metric does', async () => {
      const dataDir = await temporaryDirectory();
      const env = ownEnv();
      const start = () => fakes.startRelay({ dataDir, env, yaml: `${brief}\n  max_age: 4` });
      const killed = await start();
      await registerApns(killed.url, 'pia');
      const silence = fakes.sandbox.apns.script({ answer: hang() });
      await postMessage(killed.url, { messageId: idOf(301), to: ['pia'] });
      const receivedByMs = Date.now();
      await eventually(
        () => Promise.resolve(silence.hits),
        (hits) => hits > 0,
      );
      killed.signal('SIGKILL');
      await killed.exit();
      fakes.sandbox.apns.reset();
      // The next relay starts in less time than a message may take.
      await eventually(
        () => Promise.resolve(Date.now()),
        (nowMs) => nowMs > receivedByMs + 4_000,
      );
      await using relay = await start();
      const { body } = await eventually(
        () => traceOf(relay.url, idOf(301)),
        (answer) => resultsOf(answer)[0] === 'too_late',
      );
      expect(body.recipients).toMatchObject([{ uid: 'pia', detail: 'older than delivery.max_age' }]);
      const counted = (result: string) => metric(relay.url, 'relay_recipients_total', { result });
      expect([await counted('too_late'), await counted('expired')]).toEqual([1, 0]);
      await relay.stop();
      await rm(dataDir, { recursive: true, force: true });
    });

    it('outlives a kill -9, and tells on of a message that was under way', async () => {
      const dataDir = await temporaryDirectory();
      const env = ownEnv();
      const start = () => fakes.startRelay({ dataDir, env, yaml: brief });
      const first = await start();
      await registerApns(first.url, 'olga');
      const [written, under] = [idOf(201), idOf(202)];
      await postMessage(first.url, { messageId: written, to: ['olga'] });
      const before = await eventually(
        () => traceOf(first.url, written),
        ({ body }) => JSON.stringify(body).includes('"outcome":"accepted"'),
      );
      // Nothing else tells that its last second is written.
      expect(await first.stop()).toBe(0);
      const killed = await start();
      const { apns } = fakes.sandbox;
      const silence = apns.script({ answer: hang() });
      await postMessage(killed.url, { messageId: under, to: ['olga', 'nobody'] });
      await eventually(
        () => Promise.resolve(silence.hits),
        (hits) => hits > 0,
      );
      killed.signal('SIGKILL');
      await killed.exit();
      apns.reset();

      await using relay = await start();
      expect((await traceOf(relay.url, written)).body).toEqual(before.body);
      // What the killed process told within its last second may be missing; what became of the push is not.
      const { body } = await eventually(
        () => traceOf(relay.url, under),
        (answer) => JSON.stringify(answer.body).includes('"outcome":"accepted"'),
      );
      const results = (body as { recipients: { uid: string; result: string }[] }).recipients;
      expect(results).toEqual(
        expect.arrayContaining([expect.objectContaining({ uid: 'olga', result: 'pushed' })]),
      );
      expect(await metric(relay.url, 'relay_trace_steps_lost_total')).toBe(0);
      await relay.stop();
      await rm(dataDir, { recursive: true, force: true });
    });
  },
  ['embedded', 'redis'],
);
