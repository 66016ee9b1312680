import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  closeConnections,
  eventually,
  metric,
  postMessage,
  registerApns,
  registerFcm,
} from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';

describe('deliveries that wait for room while the rest of their message is under way', () => {
  let fakes: Fakes;
  let directory: string;
  let relay: RelayProcess;

  beforeAll(async () => {
    fakes = await Fakes.start();
    directory = await mkdtemp(join(tmpdir(), 'relay-config-'));
    await writeFile(join(directory, 'relay.yaml'), 'providers: { apns: { max_in_flight: 1 } }\n');
    relay = await fakes.startRelay({ env: { RELAY_CONFIG: join(directory, 'relay.yaml') } });
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  it('are sent once, though their message is worked on for longer than a checkpoint', async () => {
    const { apns, fcm } = fakes.sandbox;
    for (const uid of ['ann', 'bea', 'cleo', 'dana']) await registerApns(relay.url, uid);
    await registerFcm(relay.url, 'fred');
    apns.latencyMs = 300;
    fcm.latencyMs = 2_500;
    // One is in flight and one waits for its slot, so that the group finds no room at APNs.
    await postMessage(relay.url, { to: ['ann'] });
    await postMessage(relay.url, { to: ['ann'] });
    await postMessage(relay.url, { to: ['bea', 'cleo', 'dana', 'fred'], channelId: 'g1', channelType: 2 });
    await Promise.all([apns.waitForAccepted(5), fcm.waitForAccepted(1)]);
    for (const waiting of ['relay_inbox_depth', 'relay_retries_pending'])
      await eventually(
        () => metric(relay.url, waiting),
        (count) => count === 0,
      );
    expect([apns.counts.accepted, apns.counts.repeats, fcm.counts.accepted]).toEqual([5, 0, 1]);
  });
});
