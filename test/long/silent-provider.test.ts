import { hang } from '../../src/sandbox/answer';
import {
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

/** More entries of 500 than are worked on at once. */
const members = 4_500;

describeOnEachStore('a provider that falls silent', (store) => {
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

  it('does not hold up the other provider’s members of a large group, and loses none of its own', async () => {
    const { apns, fcm } = fakes.sandbox;
    const uids = Array.from({ length: members }, (_, index) => `member-${index}`);
    for (let from = 0; from < members; from += 50)
      await Promise.all(
        uids
          .slice(from, from + 50)
          .map((uid, index) => (index % 2 === 0 ? registerApns : registerFcm)(relay.url, uid)),
      );
    apns.script({ answer: hang() });
    await postMessage(relay.url, { to: uids, channelId: 'large', channelType: 2 });
    // Before the first of APNs' pushes has run into its time-out.
    await fcm.waitForAccepted(members / 2, { timeoutMs: 9_000 });
    apns.reset();
    await apns.waitForAccepted(members / 2, { timeoutMs: 90_000 });
    for (const waiting of ['relay_inbox_depth', 'relay_retries_pending'])
      await eventually(
        () => metric(relay.url, waiting),
        (count) => count === 0,
      );
    expect([apns.counts.accepted, apns.counts.repeats]).toEqual([members / 2, 0]);
    expect(await metric(relay.url, 'relay_dead_letters')).toBe(0);
  });
});
