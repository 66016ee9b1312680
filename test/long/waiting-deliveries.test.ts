import {
  apnsToken,
  closeConnections,
  eventually,
  metric,
  postMessage,
  registerApns,
  registerFcm,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';

describeOnEachStore('deliveries that wait for room', (store) => {
  let fakes: Fakes;
  let relay: RelayProcess;

  beforeAll(async () => {
    fakes = await Fakes.start();
    relay = await fakes.startRelay({ yaml: 'providers: { apns: { max_in_flight: 2 } }', env: store.env() });
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  afterEach(() => fakes.sandbox.reset());

  it('are sent once, though their message is worked on for longer than a checkpoint', async () => {
    const { apns, fcm } = fakes.sandbox;
    for (const uid of ['ann', 'bea', 'cleo', 'dana']) await registerApns(relay.url, uid);
    await registerFcm(relay.url, 'fred');
    apns.latencyMs = 300;
    fcm.latencyMs = 2_500;
    // Two are in flight and two wait for their slots, so that the group finds no room at APNs.
    for (let count = 0; count < 4; count += 1) await postMessage(relay.url, { to: ['ann'] });
    await postMessage(relay.url, { to: ['bea', 'cleo', 'dana', 'fred'], channelId: 'g1', channelType: 2 });
    await Promise.all([apns.waitForAccepted(7), fcm.waitForAccepted(1)]);
    for (const waiting of ['relay_inbox_depth', 'relay_retries_pending'])
      await eventually(
        () => metric(relay.url, waiting),
        (count) => count === 0,
      );
    expect([apns.counts.accepted, apns.counts.repeats, fcm.counts.accepted]).toEqual([7, 0, 1]);
  });

  it('are sent while a large group takes every slot that there is', async () => {
    const { apns } = fakes.sandbox;
    const members = Array.from({ length: 250 }, (_, index) => `member-${index}`);
    for (const uid of ['ann', ...members]) await registerApns(relay.url, uid);
    // Slow until the others are posted, so that the group is not done before them.
    apns.latencyMs = 200;
    await postMessage(relay.url, { to: members, channelId: 'g2', channelType: 2 });
    await apns.waitForAccepted(1);
    // More at once than the direct lane may hold in memory: the rest goes through the store.
    await Promise.all(Array.from({ length: 8 }, () => postMessage(relay.url, { to: ['ann'] })));
    apns.latencyMs = 20;
    const pushes = await apns.waitForAccepted(258);
    const last = pushes.findLastIndex((push) => push.token === apnsToken('ann/phone'));
    expect(last).toBeLessThan(250);
  });
});
