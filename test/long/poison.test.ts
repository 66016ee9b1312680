import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  api,
  apnsToken,
  closeConnections,
  eventually,
  metric,
  postMessage,
  registerApns,
} from '../helpers/client';
import { providerNames } from '../../src/domain/provider-table';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';

const innocents = 150;

/** A message that ends every relay that works on it, in the middle of many that do not. */
describeOnEachStore('a message that ends its relay', (store) => {
  let fakes: Fakes;
  let dataDir: string;
  let crashes = 0;

  beforeAll(async () => {
    fakes = await Fakes.start();
    dataDir = await mkdtemp(join(tmpdir(), 'relay-poison-'));
  });

  afterAll(async () => {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  });

  const start = (): Promise<RelayProcess> =>
    fakes.startRelay({
      script: [join(__dirname, '../helpers/poisoned-relay.cjs')],
      env: { ...store.env(), POISON_AFTER_MS: '100' },
      yaml,
      dataDir,
    });

  /** Starts relays as a supervisor would, until one has nothing left to do. */
  async function superviseUntilIdle(): Promise<RelayProcess> {
    for (;;) {
      const relay = await start();
      const idle = eventually(
        () => metric(relay.url, 'relay_inbox_depth'),
        (depth) => depth === 0,
      ).catch(() => null);
      if ((await Promise.race([idle, relay.exit()])) === 0) return relay;
      crashes += 1;
    }
  }

  it('becomes a dead letter alone; everything that was in hand with it is delivered', async () => {
    const { apns } = fakes.sandbox;
    const uids = Array.from({ length: innocents }, (_, index) => `u${index}`);
    const first = await start();
    for (const uid of [...uids, 'victim']) await registerApns(first.url, uid);
    // Slower than the end comes, so that all are in hand at each end.
    apns.latencyMs = 400;
    const messageId = '3900000000000000001';
    const answered: string[] = [];
    const posts = uids.map(async (uid, index) => {
      if (index === 40) await postMessage(first.url, { to: ['victim'], from: 'poison', messageId });
      const { status } = await postMessage(first.url, { to: [uid] });
      if (status === 200) answered.push(uid);
    });
    await Promise.allSettled(posts);
    await first.exit();
    crashes += 1;
    await using last = await superviseUntilIdle();
    const { body } = await api(last.url, 'GET', '/dead-letters');
    expect(body.items).toHaveLength(1);
    expect(body.items[0]).toMatchObject({
      source: 'entry',
      reason: 'gave up after 5 claims',
      recipients: [{ uid: 'victim' }],
    });
    expect(crashes).toBe(5);
    const trace = await eventually(
      () => api(last.url, 'GET', `/messages/${messageId}`),
      ({ body }) => JSON.stringify(body).includes('gave up'),
    );
    expect(trace.body.recipients).toMatchObject([
      { uid: 'victim', result: 'too_late', detail: 'gave up after 5 claims' },
    ]);
    const reached = new Set(apns.accepted.map(({ token }) => token));
    expect(answered.length).toBeGreaterThan(40);
    expect(answered.filter((uid) => !reached.has(apnsToken(`${uid}/phone`)))).toEqual([]);
    expect(reached.has(apnsToken('victim/phone'))).toBe(false);
  });
});

/**
 * A machine so busy that APNs' answers come after a second, or that the relay stands still for one or two, must not make dead
 * letters of innocent messages.
 */
const yaml = `
delivery:
  claim_seconds: 4
  renewal_seconds: 0.5
  storm: off
  retry: { ambiguous: { apns_delay_seconds: 0.5, max_attempts: 100 } }
providers: { ${providerNames.map((name) => `${name}: { timeout_seconds: 1 }`).join(', ')} }
`;
