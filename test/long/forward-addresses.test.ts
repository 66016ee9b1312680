import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { api, closeConnections, eventually, metric, postFixture } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { FakeReceiver } from '../helpers/receiver';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';

interface Letters {
  readonly items: { readonly id: string; readonly route: string }[];
}

describe('webhooks that wait for receivers of one host', () => {
  let fakes: Fakes;
  let receiver: FakeReceiver;
  let dataDir: string;

  beforeAll(async () => (fakes = await Fakes.start()));
  beforeEach(async () => {
    receiver = await FakeReceiver.start();
    dataDir = await temporaryDirectory();
  });
  afterEach(async () => {
    closeConnections();
    await receiver[Symbol.asyncDispose]();
  });
  afterAll(() => fakes[Symbol.asyncDispose]());

  const start = (paths: readonly string[], keys = ''): Promise<RelayProcess> => {
    const list = paths.map((path) => `{ url: "http://${receiver.host}${path}"${keys} }`);
    const yaml = list.length === 0 ? '' : `webhook: { forward: [${list.join(', ')}] }`;
    return fakes.startRelay({ yaml, dataDir });
  };
  const nothingWaits = (relay: RelayProcess, labels = {}) =>
    eventually(
      () => metric(relay.url, 'relay_forward_depth', labels),
      (depth) => depth === 0,
    );
  const got = () => receiver.requests.map(({ url }) => url.split('?')[0]);

  it('stay with the receiver that they wait for, though another one is removed', async () => {
    await receiver.down();
    const both = await start(['/first', '/second']);
    await postFixture(both.url, 'v2/notify-single');
    await postFixture(both.url, 'v2/online-app-connect');
    await both.stop();
    await receiver.up();
    const one = await start(['/second']);
    await nothingWaits(one, { target: receiver.host });
    await one.stop();
    expect(got()).toEqual(['/second', '/second']);
    const none = await start([]);
    await none.logged(
      ({ event, reason }) =>
        event === 'forward_receiver_away' && String(reason).includes('not in webhook.forward any more'),
    );
    expect(await (await fetch(`${none.url}/readyz`)).text()).toContain('2 webhooks wait for it');
    expect(await metric(none.url, 'relay_forward_depth')).toBe(2);
    await none.stop();
    const again = await start(['/second', '/first']);
    await nothingWaits(again);
    await again.stop();
    expect(got().slice(2)).toEqual(['/first', '/first']);
  });

  it('are reported at /readyz when their directory is gone', async () => {
    const relay = await start(['/first']);
    await rename(join(dataDir, 'forward'), join(dataDir, 'elsewhere'));
    const report = async () => (await fetch(`${relay.url}/readyz`)).text();
    await eventually(report, (text) => text.includes('"forward.data"'));
    await rename(join(dataDir, 'elsewhere'), join(dataDir, 'forward'));
    await relay.stop();
  });

  it('do not keep a relay without receivers from its start where they cannot be read', async () => {
    await mkdir(join(dataDir, 'forward'), { recursive: true });
    await writeFile(join(dataDir, 'forward', 'data.mdb'), 'of another program');
    const relay = await start([]);
    await relay.logged(({ event }) => event === 'forward_queue_unusable');
    expect((await fetch(`${relay.url}/readyz`)).status).toBe(200);
    await relay.stop();
  });

  it('follow a receiver whose address is corrected', async () => {
    receiver.answer = ({ url }) => ({ status: url.startsWith('/wrong') ? 404 : 200 });
    const wrong = await start(['/wrong', '/second']);
    await postFixture(wrong.url, 'v2/notify-single');
    await wrong.logged(({ event }) => event === 'forward_receiver_away');
    await wrong.stop();
    const right = await start(['/right', '/second']);
    await nothingWaits(right);
    await right.stop();
    expect(
      got()
        .filter((path) => path !== '/wrong')
        .sort(),
    ).toEqual(['/right', '/second']);
  });

  it('go to no other receiver as a dead letter either', async () => {
    await receiver.down();
    const both = await start(['/first', '/second'], ', max_age: 1s');
    await postFixture(both.url, 'v2/notify-single');
    const letters = async () => (await api(both.url, 'GET', '/dead-letters')).body as unknown as Letters;
    const { items } = await eventually(letters, (page) => page.items.length === 2);
    await both.stop();
    await receiver.up();
    const one = await start(['/second']);
    const ids = items.map(({ id }) => id);
    expect((await api(one.url, 'POST', '/dead-letters/replay', { ids })).body).toMatchObject({ replayed: 1 });
    await nothingWaits(one);
    await one.stop();
    expect(got()).toEqual(['/second']);
  });
});
