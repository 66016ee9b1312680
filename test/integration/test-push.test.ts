import { reply } from '../../src/sandbox/answer';
import { api, apnsToken, closeConnections, eventually, postMessage, registerApns } from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';

describeOnEachStore('a test push', (store) => {
  let fakes: Fakes;
  let relay: RelayProcess;

  beforeAll(async () => {
    fakes = await Fakes.start();
    relay = await fakes.startRelay({ env: store.env() });
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  afterEach(() => fakes.sandbox.reset());

  const testPush = async (uid: string): Promise<unknown> =>
    (await api(relay.url, 'POST', `/users/${uid}/test-push`)).body.results;
  const devices = async (uid: string): Promise<Record<string, unknown>[]> =>
    (await api(relay.url, 'GET', `/users/${uid}/devices`)).body.items as Record<string, unknown>[];

  it('finds the environment that a token belongs to, and corrects it', async () => {
    await registerApns(relay.url, 'emma');
    fakes.sandbox.apns.setDevice(apnsToken('emma/phone'), { kind: 'environment', environment: 'sandbox' });
    expect(await testPush('emma')).toMatchObject([{ device_id: 'phone', outcome: 'accepted' }]);
    await eventually(
      () => devices('emma'),
      ([device]) => device?.['environment'] === 'sandbox',
    );
    expect(fakes.sandbox.apns.accepted.map(({ environment }) => environment)).toEqual(['sandbox']);
  });

  it('forgets a token that neither environment knows, and says so', async () => {
    await registerApns(relay.url, 'gone');
    fakes.sandbox.apns.setDevice(apnsToken('gone/phone'), { kind: 'unknown' });
    expect(await testPush('gone')).toMatchObject([{ outcome: 'rejected', reason: 'BadDeviceToken' }]);
    await eventually(
      () => devices('gone'),
      (items) => items.length === 0,
    );
    expect(fakes.sandbox.apns.counts.rejected).toEqual({ BadDeviceToken: 2 });
  });

  it('keeps a token of which the other environment says nothing', async () => {
    await registerApns(relay.url, 'maybe');
    const token = apnsToken('maybe/phone');
    fakes.sandbox.apns.script({
      when: { token, environment: 'production' },
      answer: reply(400, 'BadDeviceToken'),
    });
    fakes.sandbox.apns.script({ when: { token, environment: 'sandbox' }, answer: reply(503, 'Shutdown') });
    expect(await testPush('maybe')).toMatchObject([{ outcome: 'rejected', reason: 'BadDeviceToken' }]);
    expect(await devices('maybe')).toHaveLength(1);
  });

  it('leaves a trace of what was refused, and of what nobody answered', async () => {
    await registerApns(relay.url, 'tara');
    const stateOf = async (): Promise<unknown> => {
      const { items } = (await api(relay.url, 'GET', '/users/tara/recent')).body;
      const [latest] = items as { recipients: { devices: { state: string }[] }[] }[];
      return latest?.recipients[0]?.devices[0]?.state;
    };
    fakes.sandbox.apns.script({ times: 1, answer: reply(413, 'PayloadTooLarge') });
    expect(await testPush('tara')).toMatchObject([{ outcome: 'rejected', reason: 'PayloadTooLarge' }]);
    await eventually(stateOf, (state) => state === 'rejected');
    fakes.sandbox.apns.script({ times: 1, answer: reply(503, 'Shutdown') });
    expect(await testPush('tara')).toMatchObject([{ outcome: 'unavailable', reason: 'Shutdown' }]);
    await eventually(stateOf, (state) => state === 'dead_letter');
  });

  it('leaves a throttled device in peace', async () => {
    await registerApns(relay.url, 'thea');
    const answer = reply(429, 'TooManyRequests', { retryAfterSeconds: 600 });
    fakes.sandbox.apns.script({ times: 1, answer });
    const refused = new Promise((resolve) => fakes.sandbox.apns.onRejected(resolve));
    await postMessage(relay.url, { to: ['thea'] });
    await refused;
    await eventually(
      () => testPush('thea'),
      (results) => JSON.stringify(results).includes('in peace'),
    );
    expect(await testPush('thea')).toMatchObject([{ outcome: 'throttled' }]);
  });
});
