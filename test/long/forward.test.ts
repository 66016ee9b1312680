import { createHmac } from 'node:crypto';
import { rm } from 'node:fs/promises';
import {
  api,
  closeConnections,
  eventually,
  messageBody,
  metric,
  postEvent,
  postFixture,
  postMessage,
  readFixture,
  registerApns,
  send,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes, webhookSecret } from '../helpers/fakes';
import { freePort } from '../helpers/free-port';
import { FakeReceiver } from '../helpers/receiver';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';

const statusBody = (...lines: string[]) => JSON.stringify(lines);

describeOnEachStore(
  'webhooks for a receiver that was there before',
  (store) => {
    let fakes: Fakes;
    let receiver: FakeReceiver;
    let prefixes = 0;

    beforeAll(async () => (fakes = await Fakes.start()));
    beforeEach(async () => (receiver = await FakeReceiver.start()));
    afterEach(async () => {
      closeConnections();
      await receiver[Symbol.asyncDispose]();
    });
    afterAll(() => fakes[Symbol.asyncDispose]());

    const start = (
      forward: string,
      dataDir?: string,
      env: Readonly<Record<string, string>> = {},
    ): Promise<RelayProcess> =>
      fakes.startRelay({
        env: { ...store.env(), REDIS_PREFIX: `forward${(prefixes += 1)}:`, ...env },
        yaml: `webhook:\n  forward:\n${forward}`,
        ...(dataDir === undefined ? {} : { dataDir }),
      });

    it('come unchanged, with the event appended as WuKongIM appends it; messages to be pushed do not', async () => {
      await using relay = await start(`    - url: ${receiver.url}?token=abc\n`);
      await registerApns(relay.url, 'carol');
      for (const name of ['v2/person-text', 'v2/notify-single', 'v2/online-app-connect'])
        expect((await postFixture(relay.url, name)).status).toBe(200);
      const unknown = await send(relay.url, {
        method: 'POST',
        path: `/webhook/${webhookSecret}?event=robot.event`,
        headers: { 'content-type': 'text/plain' },
        body: 'any \u{1F600} bytes',
      });
      expect([unknown.status, unknown.text]).toEqual([200, '']);
      await receiver.waitFor(3);
      await fakes.sandbox.apns.waitForAccepted(1);
      const got = new Map(receiver.requests.map((request) => [request.url.split('?event=')[1], request]));
      expect([...got.keys()].sort()).toEqual(['msg.notify', 'robot.event', 'user.onlinestatus']);
      expect(got.get('msg.notify')).toMatchObject({
        url: '/v1/webhook?token=abc?event=msg.notify',
        body: readFixture('v2/notify-single').body,
      });
      expect(got.get('robot.event')).toMatchObject({ body: 'any \u{1F600} bytes' });
      expect(got.get('robot.event')?.headers).toMatchObject({ 'content-type': 'text/plain' });
      await eventually(
        () => metric(relay.url, 'relay_forward_depth', { target: receiver.host }),
        (depth) => depth === 0,
      );
      await eventually(
        () => metric(relay.url, 'relay_forwards_total', { event: 'msg.notify', result: 'taken' }),
        (taken) => taken === 1,
      );
    });

    it('are signed where the receiver checks it, and carry the user of the address', async () => {
      const url = receiver.url.replace('//', '//relay:p%40ss@');
      await using relay = await start(
        `    - { url: "${url}", secret: octo-secret, events: [msg.offline] }\n`,
      );
      const body = messageBody({ to: ['carol'] });
      expect((await postEvent(relay.url, 'msg.offline', body)).status).toBe(200);
      await postFixture(relay.url, 'v2/notify-single');
      const [request] = await receiver.waitFor(1);
      expect(request?.body).toBe(body);
      expect(request?.headers).toMatchObject({
        authorization: `Basic ${Buffer.from('relay:p@ss').toString('base64')}`,
        'x-signature-256': `sha256=${createHmac('sha256', 'octo-secret').update(body).digest('hex')}`,
      });
      expect(receiver.requests).toHaveLength(1);
    });

    it('are not sent in a circle by a relay that names itself', async () => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}/webhook/${webhookSecret}`;
      await using relay = await start(
        `    - { url: "${url}", events: [msg.notify, robot.event] }\n`,
        undefined,
        {
          PORT: String(port),
        },
      );
      for (const [event, body] of [
        ['robot.event', '{}'],
        ['msg.notify', readFixture('v2/notify-single').body],
      ] as const)
        expect((await postEvent(relay.url, event, body)).status).toBe(200);
      for (const event of ['unknown', 'msg.notify'])
        await relay.logged(
          (line) => line['event'] === 'webhook_not_forwarded_again' && line['webhookEvent'] === event,
        );
      await eventually(
        () => metric(relay.url, 'relay_forward_depth'),
        (depth) => depth === 0,
      );
      await eventually(
        () => metric(relay.url, 'relay_forwards_total', { result: 'taken' }),
        (taken) => taken === 2,
      );
    });

    it('arrive though their content type is no text that a header may hold', async () => {
      await using relay = await start(`    - url: ${receiver.url}\n`);
      for (const event of ['user.onlinestatus', 'msg.notify']) {
        const odd = Buffer.from('application/json; a="é"').toString('latin1');
        const { status } = await send(relay.url, {
          method: 'POST',
          path: `/webhook/${webhookSecret}?event=${event}`,
          headers: { 'content-type': odd },
          body: '[]',
        });
        expect(status).toBe(200);
      }
      const got = await receiver.waitFor(2);
      expect(got.map(({ headers, body }) => [headers['content-type'], body])).toEqual([
        [undefined, '[]'],
        [undefined, '[]'],
      ]);
    });

    it('wait while the receiver is away, and keep the order of online statuses', async () => {
      const answers = [500, 200, 503, 302, 401, 200];
      receiver.answer = () => ({ status: answers.shift() ?? 200, headers: { location: '/elsewhere' } });
      await using relay = await start(`    - url: ${receiver.url}\n`);
      const statuses = ['ann-0-1-11-1-1', 'ann-0-0-11-0-0', 'ann-0-1-12-1-1'];
      for (const status of statuses)
        expect((await postEvent(relay.url, 'user.onlinestatus', statusBody(status))).status).toBe(200);
      const taken = () => metric(relay.url, 'relay_forwards_total', { result: 'taken' });
      await eventually(taken, (count) => count === 3);
      const bodies = receiver.requests.map(({ body }) => body);
      const order = bodies.filter((body, at) => body !== bodies[at - 1]);
      expect(order).toEqual(statuses.map((status) => statusBody(status)));
      expect(receiver.requests.every(({ url }) => url === '/v1/webhook?event=user.onlinestatus')).toBe(true);
      await relay.logged(({ event }) => event === 'forward_receiver_away');
      await relay.logged(({ event }) => event === 'forward_receiver_back');
    });

    it('reach one receiver while another is silent, and the intake waits for neither', async () => {
      await using other = await FakeReceiver.start();
      other.answer = () => null;
      await using relay = await start(`    - url: ${other.url}\n    - url: ${receiver.url}\n`);
      await registerApns(relay.url, 'bob');
      for (let count = 0; count < 20; count += 1) await postFixture(relay.url, 'v2/notify-single');
      await postMessage(relay.url, { to: ['bob'] });
      await receiver.waitFor(20);
      expect(await metric(relay.url, 'relay_forward_depth', { target: other.host })).toBe(20);
      await other.down();
      const ready = await eventually(
        async () => JSON.parse((await send(relay.url, { method: 'GET', path: '/readyz' })).text) as object,
        (report) => JSON.stringify(report).includes(`"forward:${other.host}","status":"degraded"`),
      );
      expect(ready).toMatchObject({ status: 'degraded' });
    });

    it('do not hold up a stop, and come again', async () => {
      receiver.answer = () => null;
      const dataDir = await temporaryDirectory();
      const yaml = `    - { url: "${receiver.url}", timeout_ms: 60s }\nserver: { drain_seconds: 1 }\n`;
      const first = await start(yaml, dataDir);
      await postFixture(first.url, 'v2/notify-single');
      await receiver.waitFor(1);
      expect(await first.stop()).toBe(0);
      receiver.answer = () => ({ status: 200 });
      const second = await start(yaml, dataDir);
      await receiver.waitFor(2);
      await second.stop();
      await rm(dataDir, { recursive: true, force: true });
    });

    it('survive a kill of the relay', async () => {
      await receiver.down();
      const dataDir = await temporaryDirectory();
      const first = await start(`    - url: ${receiver.url}\n`, dataDir);
      await postFixture(first.url, 'v2/notify-single');
      first.signal('SIGKILL');
      await first.exit();
      await receiver.up();
      const second = await start(`    - url: ${receiver.url}\n`, dataDir);
      const [request] = await receiver.waitFor(1);
      expect(request?.body).toBe(readFixture('v2/notify-single').body);
      await second.stop();
      await rm(dataDir, { recursive: true, force: true });
    });

    it('that no receiver takes in time become dead letters, which can be sent again', async () => {
      await receiver.down();
      await using relay = await start(`    - { url: "${receiver.url}", max_age: 1s }\n`);
      await postFixture(relay.url, 'v2/notify-single');
      const letters = async () =>
        (await api(relay.url, 'GET', '/dead-letters?include=body')).body as unknown as {
          items: { id: string }[];
        };
      const { items } = await eventually(letters, (page) => page.items.length === 1);
      expect(items).toMatchObject([
        {
          source: 'forward',
          reason: 'forward_expired',
          route: expect.stringMatching(`^${receiver.host}#`),
          body: readFixture('v2/notify-single').body,
        },
      ]);
      await receiver.up();
      const replayed = await api(relay.url, 'POST', '/dead-letters/replay', { ids: [items[0]?.id] });
      expect(replayed.body).toMatchObject({ replayed: 1 });
      const [request] = await receiver.waitFor(1);
      expect(request?.url).toBe('/v1/webhook?event=msg.notify');
    });

    it('that ask for an answer get that of the receiver, and an empty one without it', async () => {
      receiver.answer = () => ({ status: 403, body: '{"reason":"blocked"}' });
      await using relay = await start(`    - { url: "${receiver.url}", timeout_ms: 3000 }\n`);
      const ask = () => postEvent(relay.url, 'msg.before_send', '{"x":1}');
      expect(await ask()).toMatchObject({
        status: 403,
        text: '{"reason":"blocked"}',
        headers: { 'content-type': 'application/json' },
      });
      // What no header of ours can say is left out, and the answer passed on all the same.
      const odd = Buffer.from('text/plain; a="中"').toString('latin1');
      receiver.answer = () => ({ status: 200, body: 'yes', headers: { 'content-type': odd } });
      const answer = await ask();
      expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([200, 'yes', undefined]);
      receiver.answer = () => null;
      expect(await ask()).toMatchObject({ status: 200, text: '' });
      receiver.answer = () => ({ status: 302, headers: { location: '/x' } });
      expect(await ask()).toMatchObject({ status: 200, text: '' });
      await receiver.down();
      expect(await ask()).toMatchObject({ status: 200, text: '' });
      expect(receiver.requests.map(({ url }) => url)).toEqual(
        Array<string>(4).fill('/v1/webhook?event=msg.before_send'),
      );
    });
  },
  ['embedded', 'redis'],
);
