import { createHmac, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reply } from '../../src/sandbox/answer';
import { api, closeConnections, eventually, metric, postMessage, send } from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';
import { runCommand } from '../helpers/run-command';
import { faketimeLibrary, ShiftedClock } from '../helpers/shifted-clock';

const secret = 'receipts-secret-of-the-tests';
const spareKey = 'ab=a-key-that-is-not-base64';
const receiptKey = { user: 'relay', key: 'a2V5LW9mLXRoZS1yZWNlaXB0cw==' };

function yamlOf({ sandbox }: Fakes): string {
  const { appId, appSecret } = sandbox.credentials.huawei;
  const { url } = sandbox.huawei;
  const { projectId, keyId, subAccount, privateKey } = sandbox.credentials.harmony;
  const account = { project_id: projectId, key_id: keyId, sub_account: subAccount, private_key: privateKey };
  const { xiaomi, oppo } = sandbox.credentials;
  return JSON.stringify({
    apps: {
      default: {
        huawei: { app_id: appId, app_secret: appSecret, category: 'none', url, auth_url: url },
        harmony: { service_account: account, url: sandbox.harmony.url, receipt: receiptKey },
        xiaomi: {
          app_secret: xiaomi.appSecret,
          package_name: xiaomi.packageName,
          url: sandbox.xiaomi.url,
        },
        oppo: { app_key: oppo.appKey, master_secret: oppo.masterSecret, url: sandbox.oppo.url },
      },
      spare: {
        harmony: {
          service_account: account,
          url: sandbox.harmony.url,
          receipt: { user: receiptKey.user, key: spareKey },
        },
      },
    },
    receipts: { secret },
  });
}

describeOnEachStore(
  'phones of makers',
  (store) => {
    let fakes: Fakes;
    let relay: RelayProcess;

    beforeAll(async () => {
      fakes = await Fakes.start();
      relay = await fakes.startRelay({ env: store.env(), yaml: yamlOf(fakes) });
    });

    afterAll(async () => {
      closeConnections();
      await relay.stop();
      await fakes[Symbol.asyncDispose]();
    });

    afterEach(() => fakes.sandbox.reset());

    /** As an app's server does: again where the store was too slow. */
    const register = (provider: string, uid: string, token = `${provider}-token-of-${uid}`) =>
      eventually(
        () => api(relay.url, 'PUT', `/users/${uid}/devices/phone`, { provider, token }),
        ({ status }) => status === 201 || status === 200,
      );
    const devices = async (uid: string): Promise<Record<string, unknown>[]> =>
      (await api(relay.url, 'GET', `/users/${uid}/devices`)).body.items as Record<string, unknown>[];

    it('sends a group in few calls, and forgets those whose app is gone', async () => {
      const uids = Array.from({ length: 60 }, (_, index) => `member-${String(index)}`);
      await Promise.all(uids.map((uid) => register('huawei', uid)));
      const gone = uids.slice(0, 3);
      for (const uid of gone) fakes.sandbox.huawei.setDevice(`huawei-token-of-${uid}`, { kind: 'dead' });
      await postMessage(relay.url, { to: uids, channelId: 'team', channelType: 2 });
      await fakes.sandbox.huawei.waitForAccepted(57);
      expect(fakes.sandbox.huawei.counts.requests).toBe(1);
      for (const uid of gone)
        await eventually(
          () => devices(uid),
          (items) => items.length === 0,
        );
      expect(await devices('member-3')).toHaveLength(1);
    });

    it('says at the readiness what Huawei downgrades silently', async () => {
      const { text } = await send(relay.url, { method: 'GET', path: '/readyz' });
      expect(JSON.parse(text)).toMatchObject({
        status: 'degraded',
        checks: expect.arrayContaining([
          {
            name: 'apps.default.huawei.category',
            status: 'degraded',
            detail: expect.stringContaining('Apply for self-classification'),
          },
        ]),
      });
    });

    it('says it once in the log', async () => {
      await relay.logged(({ event }) => event === 'relay_listening');
      await register('huawei', 'nobody');
      const about = relay.log.filter((line) => JSON.stringify(line).includes('apps.default.huawei.category'));
      expect(about.map(({ event }) => event)).toEqual(['config_warning']);
    });

    it('pauses the provider whose credential is refused, and no other', async () => {
      await register('harmony', 'hong');
      await register('huawei', 'hua');
      fakes.sandbox.harmony.refusesAccount = true;
      await postMessage(relay.url, { to: ['hong'] });
      await eventually(
        async () => (await send(relay.url, { method: 'GET', path: '/readyz' })).text,
        (text) => /The provider has refused the credential/.test(text),
      );
      await postMessage(relay.url, { to: ['hua'] });
      await fakes.sandbox.huawei.waitForAccepted(1);
      fakes.sandbox.harmony.refusesAccount = false;
    });

    const huaweiReceipt = (token: string, status: number, timestamp = Date.now()) =>
      JSON.stringify({ statuses: [{ biTag: '', appid: '1', token, status, timestamp, requestId: '1' }] });
    const harmonyReceipt = (token: string, result: number, timestamp = Date.now()) =>
      JSON.stringify({
        statuses: [{ token, pushType: 0, requestId: '1', deliveryStatus: { result, timestamp } }],
      });
    const post = async (path: string, body: string | Buffer, headers: Record<string, string> = {}) => {
      const answer = await send(relay.url, {
        method: 'POST',
        path: `/receipts/${path}`,
        body,
        headers: { 'content-type': 'application/json', ...headers },
      });
      return answer;
    };
    const signed = (key: Buffer | string, timestamp = Date.now(), nonce: string = randomUUID()) => {
      const text = `${String(timestamp)}${nonce}${receiptKey.user}`;
      const value = createHmac('sha256', key).update(text).digest('base64');
      return { 'x-huawei-callback-id': `timestamp=${String(timestamp)}; nonce=${nonce};value=${value}` };
    };

    it('forgets a device token that a receipt calls uninstalled', async () => {
      await register('huawei', 'left');
      const answer = await post(`huawei/default/${secret}`, huaweiReceipt('huawei-token-of-left', 2));
      expect([answer.status, answer.text]).toEqual([200, '{"errno":0,"errmsg":"OK"}']);
      expect(await devices('left')).toEqual([]);
      expect(
        await metric(relay.url, 'relay_receipt_verdicts_total', { result: 'forgotten' }),
      ).toBeGreaterThan(0);
    });

    it('suspends a device whose notifications are off', async () => {
      await register('huawei', 'quiet');
      await post(`huawei/default/${secret}`, huaweiReceipt('huawei-token-of-quiet', 6));
      await eventually(
        () => devices('quiet'),
        ([device]) => device?.['state'] === 'suspended',
      );
    });

    it.each([
      ['the key in base64', Buffer.from(receiptKey.key, 'base64')],
      ['the key as it is', receiptKey.key],
    ])('takes a receipt signed with %s', async (_, key) => {
      const uid = `signed-${randomUUID()}`;
      await register('harmony', uid);
      const body = harmonyReceipt(`harmony-token-of-${uid}`, 5);
      const answer = await post(`harmony/default/${secret}`, body, signed(key));
      expect([answer.status, answer.text]).toEqual([200, '{"code":"0","message":"success"}']);
      expect(await devices(uid)).toEqual([]);
    });

    it('changes nothing for what is forged, old, repeated, huge or foreign', async () => {
      await register('harmony', 'stays');
      await register('huawei', 'stays-too');
      const key = Buffer.from(receiptKey.key, 'base64');
      const body = harmonyReceipt('harmony-token-of-stays', 2);
      const address = `harmony/default/${secret}`;
      const statusOf = async (path: string, text: string | Buffer, headers?: Record<string, string>) =>
        (await post(path, text, headers)).status;

      expect(await statusOf('harmony/default/wrong-secret-of-the-tests', body, signed(key))).toBe(404);
      await relay.logged(({ event, reason }) => event === 'receipt_refused' && reason === 'wrong_secret');
      expect(await statusOf(`harmony/other/${secret}`, body, signed(key))).toBe(404);
      expect(await statusOf(`nokia/default/${secret}`, body, signed(key))).toBe(404);
      expect(await statusOf(address, body)).toBe(401);
      expect(await statusOf(address, body, signed('another key'))).toBe(401);
      expect(await statusOf(address, body, signed(key, Date.now() - 600_000))).toBe(401);
      // Base64 of it is one byte, which everybody can guess.
      expect(await statusOf(`harmony/spare/${secret}`, body, signed(Buffer.from('ab', 'base64')))).toBe(401);
      expect(await statusOf(`harmony/spare/${secret}`, body, signed(spareKey))).toBe(200);
      expect(await statusOf(address, Buffer.alloc(300_000, 'x'), signed(key))).toBe(413);
      expect(await statusOf(address, 'no JSON', signed(key))).toBe(400);
      expect(await statusOf(address, '{"statuses":[7,null,{"token":5}]}', signed(key))).toBe(200);
      // Older than the registration.
      const old = harmonyReceipt('harmony-token-of-stays', 2, Date.now() - 60_000);
      expect(await statusOf(address, old, signed(key))).toBe(200);
      // Of another provider.
      const foreign = harmonyReceipt('huawei-token-of-stays-too', 2);
      expect(await statusOf(address, foreign, signed(key))).toBe(200);
      expect(await devices('stays')).toHaveLength(1);
      expect(await devices('stays-too')).toHaveLength(1);

      // Once it counts; when it comes again, after the phone has registered again, it does not.
      const once = signed(key);
      const next = harmonyReceipt('harmony-token-of-stays', 2, Date.now() + 2_000);
      expect(await statusOf(address, next, once)).toBe(200);
      expect(await devices('stays')).toEqual([]);
      await register('harmony', 'stays');
      expect(await statusOf(address, next, once)).toBe(200);
      expect(await devices('stays')).toHaveLength(1);
    });

    const xiaomiReceipt = (targets: string, type: number, timestamp = Date.now()) =>
      `data=${encodeURIComponent(JSON.stringify({ m1: { param: '', type, targets, timestamp } }))}`;
    const oppoReceipt = (
      registrationIds: string,
      eventType: string,
      eventTime: number | string = Date.now(),
    ) =>
      JSON.stringify([{ messageId: 'm1', appId: '1', taskId: 't1', registrationIds, eventTime, eventType }]);

    it('forgets what receipts of Xiaomi and OPPO call gone, and nothing else that they report', async () => {
      for (const provider of ['xiaomi', 'oppo'])
        for (const uid of ['gone', 'gone-too', 'here']) await register(provider, `${provider}-${uid}`);
      const tokensOf = (provider: string, ...uids: string[]) =>
        uids.map((uid) => `${provider}-token-of-${provider}-${uid}`).join(', ');
      const [xiaomi, oppo] = [`xiaomi/default/${secret}`, `oppo/default/${secret}`];

      const before = Date.now() - 3_600_000;
      await post(xiaomi, xiaomiReceipt(tokensOf('xiaomi', 'here'), 1));
      await post(xiaomi, xiaomiReceipt(tokensOf('xiaomi', 'here'), 16, before));
      await post(oppo, oppoReceipt(tokensOf('oppo', 'here'), 'push_arrive'));
      await post(oppo, oppoReceipt(tokensOf('oppo', 'here'), 'regid_invalid', before));
      await post(oppo, oppoReceipt(tokensOf('oppo', 'here'), 'regid_invalid', 'yesterday'));
      expect((await post(xiaomi, xiaomiReceipt(tokensOf('xiaomi', 'gone', 'gone-too'), 16))).status).toBe(
        200,
      );
      expect(
        (await post(oppo, oppoReceipt(tokensOf('oppo', 'gone', 'gone-too'), 'regid_invalid'))).status,
      ).toBe(200);
      for (const provider of ['xiaomi', 'oppo']) {
        expect(await devices(`${provider}-gone`)).toEqual([]);
        expect(await devices(`${provider}-gone-too`)).toEqual([]);
        expect(await devices(`${provider}-here`)).toHaveLength(1);
      }

      await post(xiaomi, xiaomiReceipt(tokensOf('xiaomi', 'here'), 32));
      await eventually(
        () => devices('xiaomi-here'),
        ([device]) => device?.['state'] === 'suspended',
      );
    });

    it('leaves a phone in peace that OPPO reports to have reached its limit of the day', async () => {
      await register('oppo', 'full');
      const event = oppoReceipt('oppo-token-of-full', 'user_daily_limit');
      expect((await post(`oppo/default/${secret}`, event)).status).toBe(200);
      let sent = 0;
      await eventually(
        async () => {
          sent += 1;
          const messageId = `22000000000000008${String(sent).padStart(2, '0')}`;
          await postMessage(relay.url, { to: ['full'], messageId });
          return eventually(
            async () => {
              const { body } = await api(relay.url, 'GET', `/messages/${messageId}`);
              const [recipient] = (body.recipients ?? []) as { devices: Record<string, unknown>[] }[];
              return recipient?.devices[0];
            },
            (device) => device?.['state'] !== undefined,
          );
        },
        (device) =>
          device?.['state'] === 'waiting' && JSON.stringify(device).includes('leave the device in peace'),
      );
    });

    it('refuses what is no receipt of Xiaomi or OPPO', async () => {
      for (const provider of ['xiaomi', 'oppo']) {
        const address = `${provider}/default/${secret}`;
        for (const body of ['', 'no JSON', 'data=7', '{"statuses":[]}', '7'])
          expect((await post(address, body)).status).toBe(400);
        expect((await post(`${provider}/default/another-secret-of-the-tests`, '[]')).status).toBe(404);
      }
      expect((await post(`xiaomi/default/${secret}`, 'data={"m":{"type":16,"targets":7}}')).status).toBe(200);
      expect((await post(`oppo/default/${secret}`, '[7,null,{"registrationIds":7}]')).status).toBe(200);
    });

    it('answers others while it works off a receipt with very many device tokens', async () => {
      // A Redis is asked for each of them: thousands of answers, which take minutes on a busy machine.
      const length = store.env()['REDIS_URL'] === undefined ? 35_000 : 2_000;
      const registrationIds = Array.from({ length }, (_, index) => String(index)).join(',');
      const event = { eventType: 'regid_invalid', eventTime: Date.now(), registrationIds };
      const answeredMeanwhile = async (): Promise<number> => {
        let answered = 0;
        let isOver = false;
        const receipt = post(`oppo/default/${secret}`, JSON.stringify([event])).finally(
          () => (isOver = true),
        );
        while (!isOver && answered < 5) {
          await send(relay.url, { method: 'GET', path: '/healthz' });
          if (!isOver) answered += 1;
        }
        expect((await receipt).status).toBe(200);
        return answered;
      };
      // Where this process gets no turn meanwhile, the receipt is worked off before its fifth question: then it is asked again.
      await eventually(answeredMeanwhile, (answered) => answered === 5);
    });

    it('outlives receipts whose codes are no text', async () => {
      const code = { toString: 1, valueOf: 1 };
      const reports = [
        { token: 'any', status: code, timestamp: Date.now() },
        { status: 2, timestamp: code },
      ];
      const huawei = await post(`huawei/default/${secret}`, JSON.stringify({ statuses: reports }));
      const data = JSON.stringify({ m1: { type: code, targets: 'any', timestamp: code } });
      const xiaomi = await post(`xiaomi/default/${secret}`, new URLSearchParams({ data }).toString());
      const event = { eventType: code, eventTime: code, registrationIds: code };
      const oppo = await post(`oppo/default/${secret}`, JSON.stringify([event]));
      expect([huawei.status, xiaomi.status, oppo.status]).toEqual([200, 200, 200]);
    });

    it('says when a quota of the day is used up, and lets its pushes wait until midnight', async () => {
      await register('oppo', 'many');
      fakes.sandbox.oppo.script({ answer: reply(200, '33') });
      // Whether midnight comes before delivery.max_age or not.
      const messageIds = ['2200000000000000961', '2200000000000000962'];
      for (const messageId of messageIds) {
        await postMessage(relay.url, { to: ['many'], messageId });
        const device = async () => {
          const { body } = await api(relay.url, 'GET', `/messages/${messageId}`);
          return (body.recipients as { devices: Record<string, unknown>[] }[] | undefined)?.[0]?.devices[0];
        };
        await eventually(
          device,
          (one) => one?.['state'] === 'waiting' && /quota (is )?used up/.test(JSON.stringify(one)),
        );
      }
      await eventually(
        async () => (await send(relay.url, { method: 'GET', path: '/readyz' })).text,
        (text) => /oppo/.test(text) && /quota/i.test(text),
      );
      await eventually(
        () => metric(relay.url, 'relay_deliveries_total', { provider: 'oppo', outcome: 'exhausted' }),
        (count) => count === 1,
      );
    });

    it('lets all pushes of a provider wait that has too many', async () => {
      await register('huawei', 'busy');
      fakes.sandbox.huawei.script({ times: 1, answer: reply(503, '80300006') });
      await postMessage(relay.url, { to: ['busy'] });
      await eventually(
        () => metric(relay.url, 'relay_deliveries_total', { provider: 'huawei', outcome: 'throttled' }),
        (count) => count > 0,
      );
      await eventually(
        () => metric(relay.url, 'relay_retries_pending'),
        (count) => count > 0,
      );
    });
  },
  ['embedded', 'cluster'],
);

describe('Xiaomi’s duty of templates', () => {
  const ahead = 45 * 86_400;
  /** check-config, on some day of the real calendar. */
  async function check(offSeconds: number, templates: object) {
    const folder = await temporaryDirectory();
    const config = join(folder, 'relay.yaml');
    const xiaomi = { app_secret: 'secret', package_name: 'com.example.chat', channel_id: '1', templates };
    await writeFile(config, JSON.stringify({ apps: { default: { xiaomi } } }));
    const clock = offSeconds === 0 ? { env: {} } : await ShiftedClock.create(offSeconds);
    const env = { PROVIDERS: 'real', DATA_DIR: folder, ...clock.env };
    const { code, stdout, stderr } = await runCommand(['check-config', '--config', config], { env });
    return { code, warned: /apps\.default\.xiaomi\.templates.*from 2026-12-31/.test(stdout + stderr) };
  }

  (faketimeLibrary === null ? it.skip : it)(
    'is a warning before its day and after it, and never an error',
    async () => {
      const chat = { id: 'M12762', params: { keywords1: 'sender', keywords2: 'text' } };
      for (const offSeconds of [0, ahead]) {
        expect(await check(offSeconds, {})).toEqual({ code: 0, warned: true });
        // Messages between two people have none then.
        expect(await check(offSeconds, { group: chat })).toEqual({ code: 0, warned: true });
        expect(await check(offSeconds, { direct: chat })).toEqual({ code: 0, warned: false });
        expect(await check(offSeconds, { direct: chat, group: chat })).toEqual({ code: 0, warned: false });
      }
    },
  );
});
