import { Redis } from 'ioredis';
import { encodeBody } from '../../src/domain/body';
import { systemClock } from '../../src/domain/clock';
import { silentLogger } from '../../src/domain/logger';
import type { Store } from '../../src/store/ports/store';
import { openRedisStore } from '../../src/store/redis/store';
import { decodeOffline } from '../../src/webhook/decode/decode-offline';
import { FewRecipients } from '../../src/webhook/decode/recipients';
import {
  closeConnections,
  eventually,
  messageBody,
  metric,
  postMessage,
  registerApns,
} from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { describeWithRedis, RedisServer } from '../helpers/redis-server';
import type { RelayProcess } from '../helpers/relay-process';

const yaml = `
delivery: { claim_seconds: 5, renewal_seconds: 1 }
providers: { apns: { timeout_seconds: 2 }, fcm: { timeout_seconds: 2 } }
`;

/**
 * A replica that stands still inside a blocking read is handed entries that it reads only when it goes on. By then they may
 * have run out and be finished by another, and nothing but their age says so: the duplicate marks are the entry's own.
 */
describeWithRedis('a replica that stands still inside a blocking read of Redis', () => {
  let fakes: Fakes;
  let server: RedisServer;
  let redis: Redis;
  let store: Store;
  const relays: RelayProcess[] = [];

  beforeAll(async () => {
    fakes = await Fakes.start();
    server = await RedisServer.start();
    redis = new Redis(server.url);
    const deadLetters = { maxAgeMs: 86_400_000, maxCount: 1_000, maxBytes: 1e7 };
    store = await openRedisStore(
      {
        topology: { kind: 'single', url: server.url },
        prefix: 'wpr:',
        waitMs: 100,
        claimTimeMs: 5_000,
        deadLetters,
      },
      { clock: systemClock, random: Math.random, logger: silentLogger },
    );
  });

  afterAll(async () => {
    closeConnections();
    for (const relay of relays) {
      relay.signal('SIGCONT');
      await relay[Symbol.asyncDispose]();
    }
    await store.close();
    redis.disconnect();
    await server.stop();
    await fakes[Symbol.asyncDispose]();
  });

  async function start(): Promise<RelayProcess> {
    const relay = await fakes.startRelay({ env: { REDIS_URL: server.url }, yaml });
    relays.push(relay);
    return relay;
  }

  const isBlocked = async (): Promise<boolean> =>
    String(await redis.client('LIST'))
      .split('\n')
      .some((line) => /cmd=xreadgroup/.test(line) && /flags=\w*b/.test(line));

  const handedOut = async (): Promise<number> =>
    Number(((await redis.xpending('wpr:{i0}:direct', 'relay')) as [number])[0]);

  /** As a webhook of a third replica would append it. */
  async function append(messageId: string): Promise<void> {
    const body = Buffer.from(messageBody({ messageId, to: ['bob'] }));
    const decoded = await decodeOffline(body, Date.now(), {
      maxInflatedBytes: 1e6,
      mayBeHeavy: false,
    });
    if (decoded === 'heavy' || !decoded.ok)
      throw new Error('the test sends a message that cannot be decoded');
    const { message, recipients } = decoded.value;
    if (!(recipients instanceof FewRecipients)) throw new Error('the test sends a message to few');
    await store.inbox.append({
      bodyId: `third-${messageId}`,
      lane: 'direct',
      receivedAtMs: Date.now(),
      body: encodeBody({ kind: 'message', message }),
      recipients: recipients.groups,
    });
  }

  /** Resolves with a message that was handed to the relay's read while the relay stood still. */
  async function freezeInside(relay: RelayProcess): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const messageId = String(2_400_000_000_000_000_000n + BigInt(attempt));
      relay.signal('SIGSTOP');
      if (await isBlocked()) {
        await append(messageId);
        if ((await handedOut()) === 1) return messageId;
        // The read had just run out: it finds the message when it goes on.
        relay.signal('SIGCONT');
        await acceptedOf(messageId);
      } else relay.signal('SIGCONT');
      await eventually(isBlocked, Boolean);
    }
  }

  const idOf = (push: { payload: Readonly<Record<string, unknown>> }): string =>
    (push.payload['wukongim'] as { message_id: string }).message_id;
  const acceptedOf = (messageId: string) =>
    fakes.sandbox.apns.waitForAccepted((push) => idOf(push) === messageId);

  it('does not send what another replica has finished meanwhile', async () => {
    const frozen = await start();
    await registerApns(frozen.url, 'bob');
    await eventually(isBlocked, Boolean);
    const messageId = await freezeInside(frozen);

    const other = await start();
    await acceptedOf(messageId);
    await eventually(handedOut, (count) => count === 0);
    await eventually(
      () => metric(other.url, 'relay_retries_pending'),
      (count) => count === 0,
    );
    await other.stop();
    const sent = () => fakes.sandbox.apns.accepted.filter((push) => idOf(push) === messageId).length;
    const byOther = sent();

    frozen.signal('SIGCONT');
    const later = '2400000000000009999';
    await postMessage(frozen.url, { messageId: later, to: ['bob'] });
    await acceptedOf(later);
    await eventually(
      () => metric(frozen.url, 'relay_inbox_depth'),
      (depth) => depth === 0,
    );
    expect(sent()).toBe(byOther);
  });
});
