import { api, closeConnections, metric, messageBody, postEvent, registerApns } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';

const maxUids = 1_000_000;
const maxStatuses = 400_000;

const uid = (index: number) => `u${String(index).padStart(7, '0')}`;
const uids = (count: number) => Array.from({ length: count }, (_, index) => uid(index));
const statuses = (count: number) => uids(count).map((name) => `${name}-0-1-7-1-1`);

/** The largest events that are taken, and the smallest that are not. */
describe('a webhook body at its limits', () => {
  let fakes: Fakes;
  let relay: RelayProcess;
  beforeAll(async () => {
    fakes = await Fakes.start();
    relay = await fakes.startRelay();
  });
  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  const group = (count: number) => messageBody({ to: uids(count), channelId: 'all', channelType: 2 });

  it('brings a message to the last one of 1,000,000 recipients', async () => {
    await registerApns(relay.url, uid(maxUids - 1));
    const pushed = fakes.sandbox.apns.waitForAccepted(1, { timeoutMs: 300_000 });
    const { status, text } = await postEvent(relay.url, 'msg.offline', group(maxUids));
    expect([status, text]).toEqual([200, '']);
    await pushed;
    expect(await metric(relay.url, 'relay_events_lost_total')).toBe(0);
  }, 330_000);

  it('refuses a message to one more, and says why', async () => {
    const { status } = await postEvent(relay.url, 'msg.offline', group(maxUids + 1));
    expect(status).toBe(400);
    expect(await relay.logged(({ reason }) => reason === 'range')).toMatchObject({
      path: '$.to_uids',
      expected: 'an array of at most 1000000 strings',
    });
  });

  it('takes the last one of 400,000 statuses', async () => {
    const { status, text } = await postEvent(
      relay.url,
      'user.onlinestatus',
      JSON.stringify(statuses(maxStatuses)),
    );
    expect([status, text]).toEqual([200, '']);
    const last = await api(relay.url, 'GET', `/users/${uid(maxStatuses - 1)}/presence`);
    expect(last).toMatchObject({ status: 200, body: { online: true } });
  });

  it('refuses one status more, and takes none of them', async () => {
    const more = statuses(maxStatuses + 1).map((status) => `other-${status}`);
    const { status } = await postEvent(relay.url, 'user.onlinestatus', JSON.stringify(more));
    expect(status).toBe(400);
    const first = await api(relay.url, 'GET', `/users/other-${uid(0)}/presence`);
    expect(first).toMatchObject({ status: 200, body: { devices: [] } });
  });
});
