import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { acceptsCredential } from '../../src/compose/doctor/accepts-credential';
import type { Delivery, Notification } from '../../src/domain/notification';
import type { Outcome } from '../../src/domain/outcome';
import { providerTable, vendorToken } from '../../src/domain/provider-table';
import type { Provider } from '../../src/providers/provider';
import {
  closeSocket,
  emptyBody503,
  freeze,
  goaway,
  hang,
  refuse,
  reply,
  reset,
} from '../../src/sandbox/answer';
import type { FakeProvider } from '../../src/sandbox/fake-provider';
import type { RecordedPush } from '../../src/sandbox/recorder';
import { eventually } from '../helpers/client';
import { sampleNotification } from '../helpers/sample-notification';

/** What a test may want otherwise than usual. */
export interface HarnessOptions {
  readonly timeoutMs?: number;
  readonly maxConnections?: number;
  readonly pingIntervalMs?: number;
  readonly pingTimeoutMs?: number;
  readonly proxyUrl?: string;
  readonly url?: string;
}

/** One provider before the sandbox, and what differs from vendor to vendor. */
export interface ProviderHarness {
  readonly provider: Provider;
  /** Of the provider's to the fake. */
  connections(): number;
  readonly fake: FakeProvider<RecordedPush>;
  /** The device of a delivery, such as its vendor knows it. */
  readonly device: Pick<Delivery, 'platform' | 'lane' | 'tokenKind'>;
  token(index: number): string;
  /** The name under which the fake knows a device token; absent: the token. */
  readonly arrivedAt?: (token: string) => string;
  /** The delivery id and the badge that arrived with a push. */
  read(push: RecordedPush): { readonly id: string | null; readonly badge: number | null };
  /** The vendor's answer to who sends too much. */
  readonly tooMany: { readonly status: number; readonly reason: string };
  /** The vendor's answer to a payload that it does not take. */
  readonly badPayload: { readonly status: number; readonly reason: string };
  unregister(token: string): void;
  /** From now on the credential is refused for good. */
  misconfigure(): void;
  /** The credential in use is refused as expired from now on. */
  expireCredential(): void;
  /** How many credentials have been made. */
  credentialsMade(): number;
  close(): Promise<void>;
}

export const notification: Notification = {
  ...sampleNotification,
  body: 'hello 你好 👨‍👩‍👧‍👦',
  expiresAtMs: Date.now() + 3_600_000,
};

export function deliveriesOf(harness: ProviderHarness, count: number, from = 0): Delivery[] {
  return Array.from({ length: count }, (_, index) => ({
    ...harness.device,
    id: randomUUID(),
    uid: `u${from + index}`,
    deviceId: 'd',
    token: harness.token(from + index),
    badge: from + index,
  }));
}

/** Sends, and resolves with the outcomes in the order of the deliveries. Rejects when one settles twice. */
export function sendAll(
  provider: Provider,
  deliveries: readonly Delivery[],
  what: Notification = notification,
): Promise<Outcome[]> {
  return new Promise((resolve, reject) => {
    const outcomes = new Map<Delivery, Outcome>();
    provider.send(what, deliveries, (delivery, outcome) => {
      if (outcomes.has(delivery))
        reject(new Error(`${delivery.id} settled twice: ${JSON.stringify(outcome)}`));
      outcomes.set(delivery, outcome);
      if (outcomes.size < deliveries.length) return;
      // A second settlement would come in the turns after.
      setImmediate(() => setImmediate(() => resolve(deliveries.map((one) => outcomes.get(one) as Outcome))));
    });
  });
}

/** Well below the 10 s that a harness gives an attempt by itself, however busy the machine is. */
const shortMs = 8_000;

const kinds = (outcomes: readonly Outcome[]) => [...new Set(outcomes.map((outcome) => outcome.kind))];

/**
 * Every provider passes this, over real HTTP/2 against the sandbox. `cannot` names the tests that the vendor's SDK does not
 * pass, and why.
 */
export function describeProvider(
  name: string,
  start: (options: HarnessOptions) => Promise<ProviderHarness>,
  cannot: Readonly<Record<string, string>> = {},
): void {
  describe(name, () => {
    const harnesses: ProviderHarness[] = [];
    const open = async (options: HarnessOptions = {}): Promise<ProviderHarness> => {
      const harness = await start(options);
      harnesses.push(harness);
      return harness;
    };
    const one = async (harness: ProviderHarness, index = 0): Promise<Outcome> => {
      const [outcome] = await sendAll(harness.provider, deliveriesOf(harness, 1, index));
      return outcome as Outcome;
    };
    /** On a busy machine an attempt may run into a short time-out once more. */
    const acceptedAgain = async (harness: ProviderHarness): Promise<void> => {
      let outcome = await one(harness, 60);
      for (let count = 0; outcome.kind !== 'accepted' && count < 20; count += 1)
        outcome = await one(harness, 60);
      expect(outcome).toMatchObject({ kind: 'accepted' });
    };
    /** Opens the connections, so that what a test then scripts concerns pushes only. */
    const warm = (harness: ProviderHarness) => sendAll(harness.provider, deliveriesOf(harness, 1, 90_000));

    const titles = new Set<string>();
    const isAsked = (title: string): boolean => {
      titles.add(title);
      return cannot[title] === undefined;
    };
    const test = Object.assign(
      (title: string, run: () => Promise<void>): void => {
        if (isAsked(title)) it(title, run);
      },
      {
        each:
          <Row>(rows: readonly Row[]) =>
          (title: string, run: (row: Row) => Promise<void>): void => {
            if (isAsked(title))
              for (const row of rows)
                it(`${title}: ${String(Array.isArray(row) ? row[0] : row)}`, () => run(row));
          },
      },
    );

    afterEach(async () => {
      for (const harness of harnesses.splice(0)) await harness.close();
    });

    test('delivers and gives the receipt', async () => {
      const harness = await open();
      expect(await one(harness)).toEqual({ kind: 'accepted', receipt: expect.stringMatching(/.{8}/) });
      expect(harness.fake.accepted).toHaveLength(1);
      expect(harness.fake.rejected).toEqual([]);
    });

    test('checks the credential by a call that reaches no phone', async () => {
      const harness = await open();
      const { lane } = harness.device;
      expect(acceptsCredential(await harness.provider.check(lane))).toBe(true);
      harness.misconfigure();
      harness.expireCredential();
      expect(await harness.provider.check(lane)).toMatchObject({ kind: 'misconfigured' });
    });

    test('takes no delivery at all', async () => {
      const harness = await open();
      harness.provider.send(notification, [], () => {
        throw new Error('settled nothing');
      });
      expect(await one(harness)).toMatchObject({ kind: 'accepted' });
    });

    test('gives each of 300 devices its own id and badge', async () => {
      const harness = await open();
      const deliveries = deliveriesOf(harness, 300);
      const outcomes = await sendAll(harness.provider, deliveries);
      expect(kinds(outcomes)).toEqual(['accepted']);
      const { arrivedAt = (token: string) => token } = harness;
      const expected = new Map(deliveries.map((delivery) => [arrivedAt(delivery.token), delivery]));
      expect(harness.fake.accepted).toHaveLength(300);
      for (const push of harness.fake.accepted) {
        const delivery = expected.get(push.token) as Delivery;
        expected.delete(push.token);
        const arrived = harness.read(push);
        expect(arrived.badge).toBe(delivery.badge);
        if (arrived.id !== null) expect(arrived.id).toBe(delivery.id);
      }
      expect(expected.size).toBe(0);
    });

    test('settles every delivery once, whatever becomes of it', async () => {
      const harness = await open({ timeoutMs: 4_000 });
      await warm(harness);
      const { tooMany, badPayload } = harness;
      const rejected = reply(badPayload.status, badPayload.reason);
      const throttled = reply(tooMany.status, tooMany.reason);
      const { arrivedAt = (known: string) => known } = harness;
      const answers = [null, throttled, reply(500), reset(), refuse(), hang(), rejected, null];
      const deliveries = deliveriesOf(harness, 240);
      const indexes = new Map(deliveries.map(({ token }, index) => [arrivedAt(token), index]));
      harness.fake.script(({ token }) => answers[(indexes.get(token ?? '') ?? 0) % answers.length] ?? null);
      const outcomes = await sendAll(harness.provider, deliveries);
      expect(outcomes).toHaveLength(240);
      expect(kinds(outcomes).sort()).toEqual(['accepted', 'rejected', 'throttled', 'unavailable']);
    });

    test('tells when it is told to slow down, and until when', async () => {
      const harness = await open();
      const { status, reason } = harness.tooMany;
      harness.fake.script({ times: 1, answer: reply(status, reason) });
      expect(await one(harness)).toMatchObject({ kind: 'throttled', reason, retryAfterMs: null });
      harness.fake.script({ times: 1, answer: reply(status, reason, { retryAfterSeconds: 17 }) });
      expect(await one(harness)).toMatchObject({ kind: 'throttled', reason, retryAfterMs: 17_000 });
    });

    test('takes an empty 503 for unavailable', async () => {
      const harness = await open();
      harness.fake.script({ times: 1, answer: emptyBody503() });
      expect(await one(harness)).toEqual({
        kind: 'unavailable',
        reason: 'not an answer of the provider: status 503, no content type, empty body',
        ambiguous: false,
        retryAfterMs: null,
      });
    });

    test('does not wait for an answer that never comes', async () => {
      const harness = await open({ timeoutMs: 500 });
      await warm(harness);
      harness.fake.script({ times: 1, answer: hang({ accepted: true }) });
      const start = performance.now();
      expect(await one(harness)).toMatchObject({ kind: 'unavailable', ambiguous: true });
      expect(performance.now() - start).toBeLessThan(shortMs);
      await acceptedAgain(harness);
    });

    test.each([
      ['a reset stream', reset(2, { accepted: true })],
      ['a connection closed in good order', closeSocket('fin', { accepted: true })],
      ['a reset connection', closeSocket('rst', { accepted: true })],
    ] as const)('calls what it never heard of ambiguous, and goes on', async ([, answer]) => {
      const harness = await open();
      await warm(harness);
      harness.fake.script({ times: 1, answer });
      expect(await one(harness, 1)).toMatchObject({ kind: 'unavailable', ambiguous: true });
      expect(await one(harness, 2)).toMatchObject({ kind: 'accepted' });
    });

    test.each(['this', 'previous'] as const)('loses nothing in flight at a GOAWAY', async (lastProcessed) => {
      const harness = await open();
      await warm(harness);
      harness.fake.script({ skip: 40, times: 1, answer: goaway({ lastProcessed }) });
      harness.fake.latencyMs = 20;
      const outcomes = await sendAll(harness.provider, deliveriesOf(harness, 300));
      expect(outcomes.filter((outcome) => outcome.kind !== 'accepted')).toEqual([]);
      expect(harness.fake.counts).toMatchObject({ accepted: 301, distinct: 301, repeats: 0 });
    });

    test('sends again at once what was refused unprocessed', async () => {
      const harness = await open();
      await warm(harness);
      // Each device once: one that is refused too often is not sent again at once.
      const refused = new Set<string>();
      harness.fake.script(({ path, token }) => {
        const device = `${path} ${token}`;
        if (refused.has(device) || refused.size === 25) return null;
        refused.add(device);
        return refuse();
      });
      const outcomes = await sendAll(harness.provider, deliveriesOf(harness, 50));
      expect(refused.size).toBe(25);
      expect(kinds(outcomes)).toEqual(['accepted']);
      expect(harness.fake.counts.repeats).toBe(0);
    });

    test('tells a dead device token', async () => {
      const harness = await open();
      harness.unregister(harness.token(1));
      const outcomes = await sendAll(harness.provider, deliveriesOf(harness, 3));
      expect(outcomes.map((outcome) => outcome.kind)).toEqual(['accepted', 'unregistered', 'accepted']);
    });

    test('tells a credential that is refused for good', async () => {
      const harness = await open();
      harness.misconfigure();
      const outcomes = await sendAll(harness.provider, deliveriesOf(harness, 3));
      expect(kinds(outcomes)).toEqual(['misconfigured']);
    });

    test('makes one credential for all who start at once', async () => {
      const harness = await open();
      const sends = Array.from({ length: 200 }, (_, index) => one(harness, index));
      expect(kinds(await Promise.all(sends))).toEqual(['accepted']);
      expect(harness.credentialsMade()).toBe(1);
    });

    test('renews an expired credential once under 200 concurrent pushes, and repeats them', async () => {
      const harness = await open({ maxConnections: 6 });
      await warm(harness);
      harness.expireCredential();
      const sends = Array.from({ length: 200 }, (_, index) => one(harness, index));
      expect(kinds(await Promise.all(sends))).toEqual(['accepted']);
      expect(harness.credentialsMade()).toBe(2);
      expect(harness.fake.counts.repeats).toBe(0);
    });

    test('notices a half-dead connection and opens another', async () => {
      const harness = await open({
        timeoutMs: 2000,
        maxConnections: 1,
        pingIntervalMs: 100,
        pingTimeoutMs: 100,
      });
      await warm(harness);
      harness.fake.script({ times: 1, answer: freeze() });
      expect(await one(harness, 1)).toMatchObject({ kind: 'unavailable', ambiguous: true });
      await acceptedAgain(harness);
    });

    test('ends every attempt while the provider is a black hole, and works again after', async () => {
      const harness = await open({ timeoutMs: 700, pingIntervalMs: 100, pingTimeoutMs: 100 });
      await warm(harness);
      harness.fake.freeze();
      const outcomes = await sendAll(harness.provider, deliveriesOf(harness, 50));
      expect(kinds(outcomes)).toEqual(['unavailable']);
      harness.fake.thaw();
      await acceptedAgain(harness);
    });

    test('is not ambiguous where nothing was ever sent', async () => {
      const harness = await open({ timeoutMs: 1000 });
      await harness.fake.down();
      const outcomes = await sendAll(harness.provider, deliveriesOf(harness, 20));
      for (const outcome of outcomes)
        expect(outcome).toMatchObject({ kind: 'unavailable', ambiguous: false });
    });

    test('sends nothing that a device token must not hold', async () => {
      const harness = await open();
      const [good] = deliveriesOf(harness, 1) as [Delivery];
      const isQuoteTaken = providerTable[harness.provider.name].token === vendorToken;
      const quotes = isQuoteTaken ? [] : ['a"b'];
      const bad = ['', 'a b', ...quotes, 'ab\r\nc: d', '你好', 'a'.repeat(10_000)].map((token) => ({
        ...good,
        token,
      }));
      for (const outcome of await sendAll(harness.provider, bad)) {
        expect(outcome).toEqual({
          kind: 'refused_locally',
          reason: 'malformed_device_token',
          blame: 'device_token',
        });
      }
      expect(harness.fake.counts.requests).toBe(0);
    });

    test('refuses 10,000 deliveries, each sent from the answer to the last, on a flat stack', async () => {
      const harness = await open();
      const large = { ...notification, data: { blob: 'x'.repeat(6000) } };
      const [one] = deliveriesOf(harness, 1) as [Delivery];
      const kindsSeen = new Set<string>();
      let settled = 0;
      let isSending = false;
      await new Promise<void>((resolve) => {
        const sendNext = (): void => {
          isSending = true;
          harness.provider.send(large, [one], (_, outcome) => {
            kindsSeen.add(isSending ? 'settled within send' : outcome.kind);
            settled += 1;
            if (settled < 10_000) sendNext();
            else resolve();
          });
          isSending = false;
        };
        sendNext();
      });
      expect(kindsSeen).toEqual(new Set(['refused_locally']));
      expect(harness.fake.counts).toMatchObject({ requests: 0, openStreams: 0 });
    });

    test('shortens a long text, and refuses what cannot be made to fit without sending it', async () => {
      const harness = await open();
      const long = { ...notification, body: '你好👨‍👩‍👧‍👦"\n'.repeat(100_000) };
      expect(await sendAll(harness.provider, deliveriesOf(harness, 1), long)).toMatchObject([
        { kind: 'accepted' },
      ]);
      const large = { ...notification, data: { blob: 'x'.repeat(6000) } };
      expect(await sendAll(harness.provider, deliveriesOf(harness, 2), large)).toEqual([
        { kind: 'refused_locally', reason: 'payload_too_large', blame: 'payload' },
        { kind: 'refused_locally', reason: 'payload_too_large', blame: 'payload' },
      ]);
      expect(harness.fake.counts.requests).toBe(1);
    });

    test('delivers what a hostile chat message may hold', async () => {
      const harness = await open();
      const hostile = `"}],\u0000\u2028\ud83d\\ud83d{{\r\n\u202e`;
      const what: Notification = {
        ...notification,
        title: hostile,
        body: hostile,
        threadId: hostile,
        collapseId: '会话\r\nx: y',
        conversation: {
          ...(notification.conversation as NonNullable<Notification['conversation']>),
          fromUid: hostile,
        },
        data: { [hostile]: hostile, wukongim: 'x', aps: 'x', from: 'x', 'google.x': 'x' },
      };
      expect(await sendAll(harness.provider, deliveriesOf(harness, 2), what)).toMatchObject([
        { kind: 'accepted' },
        { kind: 'accepted' },
      ]);
    });

    test('drains on close: what is in flight finishes, nothing new is taken', async () => {
      const harness = await open();
      await warm(harness);
      harness.fake.latencyMs = 100;
      const sending = sendAll(harness.provider, deliveriesOf(harness, 100));
      const closing = harness.provider.close(60_000);
      expect(await one(harness, 500)).toMatchObject({
        kind: 'unavailable',
        ambiguous: false,
        reason: 'closing',
      });
      expect(kinds(await sending)).toEqual(['accepted']);
      await closing;
      expect(harness.connections()).toBe(0);

      await harness.provider.close(5000);
    });

    test('cuts at the deadline of close what hangs, each as ambiguous', async () => {
      const harness = await open();
      await warm(harness);
      let hanging = 0;
      harness.fake.script(() => {
        hanging += 1;
        return hang();
      });
      const sending = sendAll(harness.provider, deliveriesOf(harness, 20));
      const calls = Math.ceil(20 / harness.provider.batch);
      await eventually(
        () => Promise.resolve(hanging),
        (count) => count === calls,
      );
      const start = performance.now();
      await harness.provider.close(300);
      expect(performance.now() - start).toBeLessThan(shortMs);
      for (const outcome of await sending)
        expect(outcome).toMatchObject({ kind: 'unavailable', ambiguous: true });
    });

    test('says so when the peer speaks no HTTP/2', async () => {
      const server = createServer((socket) =>
        socket.end('HTTP/1.1 400 Bad Request\r\n\r\n').on('error', () => {}),
      );
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const harness = await open({
        url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
        timeoutMs: 2000,
      });
      expect(await one(harness)).toMatchObject({ kind: 'unavailable', ambiguous: false });
      server.close();
    });

    it('is asked everything but what is listed', () => {
      expect(Object.keys(cannot).filter((title) => !titles.has(title))).toEqual([]);
    });
  });
}
