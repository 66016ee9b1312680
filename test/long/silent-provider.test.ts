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
import { apnsPorts } from '../helpers/free-port';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';

/** Against hanging. */
const patience = { timeoutMs: 200_000 };
/** More entries of 500 than are worked on at once. */
const members = 4_500;

describeOnEachStore('a provider that falls silent', (store) => {
  let fakes: Fakes;
  let relay: RelayProcess;

  beforeAll(async () => {
    fakes = await Fakes.start(await apnsPorts());
    // No push runs into its time-out, however long a busy machine takes for the other provider's.
    const yaml = 'delivery: { claim_seconds: 600 }\nproviders: { apns: { timeout_seconds: 300 } }';
    relay = await fakes.startRelay({ env: store.env(), yaml });
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
    await fcm.waitForAccepted(members / 2, patience);
    await apns.down();
    apns.reset();
    await apns.up();
    await apns.waitForAccepted(members / 2, patience);
    for (const waiting of ['relay_inbox_depth', 'relay_retries_pending'])
      await eventually(
        () => metric(relay.url, waiting),
        (count) => count === 0,
      );
    expect([apns.counts.accepted, apns.counts.repeats]).toEqual([members / 2, 0]);
    expect(await metric(relay.url, 'relay_dead_letters')).toBe(0);
  });
});
