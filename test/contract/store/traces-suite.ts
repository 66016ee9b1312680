import { channelTypes } from '../../../src/domain/message';
import { aStep, aTrace, awkwardUids } from './builders';
import { bounds as deadLetters, useStore, type MakeStore } from './fixture';
import type { Store } from '../../../src/store/ports/store';
import type { TraceBounds, TraceSegment } from '../../../src/store/ports/traces';
import { TraceBatch } from '../../../src/store/traces/trace-batch';
import { TraceReader } from '../../../src/trace/trace-reader';

const hourMs = 3_600_000;
const small: TraceBounds = { maxAgeMs: 24 * hourMs, maxBytes: 1024 ** 2 };

async function recentOf(store: Store, uid: string, limit = 3): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['traces']['recent']>> = await store.traces.recent(
      uid,
      limit,
      cursor,
    );
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}

async function latestOf(store: Store, limit: number): Promise<(string | undefined)[]> {
  const found = await store.traces.latest(limit);
  return found.map(([first]) => first?.messageId);
}

async function traceOf(store: Store, messageId: string): Promise<readonly TraceSegment[]> {
  const [segments = []] = await store.traces.read([messageId]);
  return segments;
}

export function describeTraces(makeStore: MakeStore): void {
  describe('traces', () => {
    const given = useStore(makeStore);
    const now = (): number => given.clock.now();
    const append = (...segments: TraceSegment[]): Promise<void> =>
      given.store.traces.append(TraceBatch.of(segments));

    it('gives back what was appended', async () => {
      const segment = aTrace('1', now(), 'alice', {
        counts: { pushed: 3 },
        steps: [
          aStep({ uid: 'alice', atMs: now(), detail: 'x "y"\n\u0000' }),
          aStep({
            uid: 'alice',
            deviceId: 'phone',
            step: 'answered',
            atMs: now() + 7,
            reason: 'Shutdown',
            provider: 'apns',
            outcome: 'unavailable',
            attempt: 1,
          }),
          aStep({ uid: null, step: 'dead', atMs: now() + 8, providerId: 'id' }),
        ],
      });
      await append(segment);
      await append();
      expect(await given.store.traces.read(['1', 'nope'])).toEqual([[segment], []]);
      expect(await given.store.traces.read([])).toEqual([]);
    });

    it('appends later steps to a message, in their order', async () => {
      const first = aTrace('1', now(), 'alice');
      await append(first, aTrace('2', now(), 'alice'));
      const later = aTrace('1', now(), 'alice', {
        origin: null,
        steps: [aStep({ step: 'dead', atMs: now() + 5 })],
      });
      await append(later);
      expect(await traceOf(given.store, '1')).toEqual([first, later]);
      expect(await recentOf(given.store, 'alice')).toEqual(['2', '1']);
    });

    it('lists the messages of a uid as they were received, newest first, page by page', async () => {
      for (let number = 10; number < 30; number += 1) {
        await append(aTrace(`${number}`, now(), 'alice'), aTrace(`${number}0`, now(), 'carol'));
        given.clock.advance(1_000);
      }
      const newestFirst = Array.from({ length: 20 }, (_, index) => `${29 - index}`);
      expect(await recentOf(given.store, 'alice')).toEqual(newestFirst);
      expect(await recentOf(given.store, 'alice', 1)).toEqual(newestFirst);
      expect(await recentOf(given.store, 'alice', 20)).toEqual(newestFirst);
      expect(await recentOf(given.store, 'bob')).toEqual([]);
      expect(await recentOf(given.store, 'nobody')).toEqual([]);
    });

    it('lists a message that came more than once on one page', async () => {
      const reader = new TraceReader({
        traces: given.store.traces,
        sample: 1,
        recorder: null,
        maxAgeMs: small.maxAgeMs,
        clock: given.clock,
      });
      for (const messageId of ['old', 'again', 'again']) {
        await append(aTrace(messageId, now(), 'alice'));
        given.clock.advance(1_000);
      }
      const ids: string[] = [];
      for (let cursor: string | null = null, pages = 0; pages === 0 || cursor !== null; pages += 1) {
        const page: Awaited<ReturnType<TraceReader['recent']>> = await reader.recent('alice', 1, cursor);
        ids.push(...page.items.map(({ messageId }) => messageId));
        cursor = page.nextCursor;
      }
      expect(ids).toEqual(['again', 'old']);
    });

    it('lists the latest messages to anyone, newest first, each once', async () => {
      expect(await latestOf(given.store, 3)).toEqual([]);
      const receivedAtMs = now();
      for (let number = 10; number < 250; number += 2) {
        await append(aTrace(`${number}`, now(), 'alice'), aTrace(`${number + 1}`, now(), 'carol'));
        given.clock.advance(1_000);
      }
      await append(aTrace('10', receivedAtMs, 'alice', { origin: null }));
      expect(await latestOf(given.store, 3)).toEqual(['249', '248', '247']);
      expect(await latestOf(given.store, 100)).toHaveLength(100);
      await append(aTrace('249', now() + 1, 'alice'), aTrace('248', now() + 2, 'alice'));
      expect(await latestOf(given.store, 4)).toEqual(['248', '249', '247', '246']);
      given.clock.advance(25 * hourMs);
      expect(await latestOf(given.store, 3)).toEqual([]);
    });

    it('lists the latest with their segments, and counts in place of the steps of many', async () => {
      const few = aTrace('1', now(), 'alice');
      const members = Array.from({ length: 30 }, (_, index) => `member ${index}\t\n`);
      const steps = [
        ...members.map((uid) => aStep({ uid, step: 'planned', atMs: now() })),
        ...members.map((uid) => aStep({ uid, step: 'answered', deviceId: 'phone', atMs: now() })),
        aStep({ uid: 'muted', step: 'skipped', reason: 'muted', atMs: now() }),
        aStep({ uid: 'muted', step: 'skipped', reason: 'duplicate', atMs: now() + 1 }),
        aStep({ uid: 'late', step: 'planned', atMs: now() }),
        aStep({ uid: 'late', step: 'dead', reason: 'too late', atMs: now() + 1 }),
        aStep({ uid: 'before', step: 'answered', deviceId: 'phone', atMs: now() }),
      ];
      const many = aTrace('2', now() + 1, 'alice', { counts: { pushed: 4 }, steps });
      const later = aTrace('2', now() + 1, 'alice', {
        origin: null,
        steps: [aStep({ uid: 'member 1\t\n', step: 'answered', deviceId: 'phone', atMs: now() + 9 })],
      });
      await append(few, many);
      await append(later);
      const counts = { pushed: 34, muted: 1, too_late: 1 };
      expect(await given.store.traces.latest(2)).toEqual([[{ ...many, counts, steps: [] }, later], [few]]);
      expect(await traceOf(given.store, '2')).toEqual([many, later]);
      await given.store.traces.eraseUser('muted');
      const [[counted] = []] = await given.store.traces.latest(1);
      expect(counted?.counts).toEqual({ pushed: 34, too_late: 1 });
    });

    it('shows what only a clock that was just set calls too old', async () => {
      await append(aTrace('1', now(), 'alice'));
      given.clock.step(30 * hourMs);
      expect(await traceOf(given.store, '1')).toHaveLength(1);
      expect(await recentOf(given.store, 'alice')).toEqual(['1']);
      expect(await latestOf(given.store, 3)).toEqual(['1']);
      given.clock.step(-30 * hourMs);
      expect(await traceOf(given.store, '1')).toHaveLength(1);
    });

    it('keeps their order where one was appended hours after it was received', async () => {
      const [first, second, third] = [now(), now() + hourMs, now() + 9 * hourMs];
      await append(aTrace('1', first, 'alice'));
      given.clock.advance(hourMs);
      await append(aTrace('2', second, 'alice'));
      given.clock.advance(8 * hourMs);
      await append(aTrace('3', third, 'alice'), aTrace('1', first, 'alice'));
      for (const limit of [1, 2, 3])
        expect(await recentOf(given.store, 'alice', limit)).toEqual(['3', '2', '1']);
    });

    it('finds awkward uids', async () => {
      await append(...awkwardUids.map((uid, index) => aTrace(`${100 + index}`, now(), uid)));
      for (const [index, uid] of awkwardUids.entries())
        expect(await recentOf(given.store, uid)).toEqual([`${100 + index}`]);
    });

    it('takes a message to many', async () => {
      const steps = Array.from({ length: 10_000 }, (_, index) =>
        aStep({ uid: `member-${index}`, step: 'skipped', reason: 'no_device', atMs: now() }),
      );
      await append(aTrace('1', now(), 'alice', { steps }));
      expect((await traceOf(given.store, '1'))[0]?.steps).toHaveLength(10_000);
      expect(await recentOf(given.store, 'member-9999')).toEqual(['1']);
    });

    it('keeps them for their time, and tells since when', async () => {
      expect(await given.store.traces.sinceMs()).toBeNull();
      await append(aTrace('1', now(), 'alice'));
      given.clock.advance(12 * hourMs);
      await append(aTrace('2', now(), 'alice'));
      given.clock.advance(11 * hourMs);
      expect(await recentOf(given.store, 'alice')).toEqual(['2', '1']);
      expect(await given.store.traces.sinceMs()).toBe(now() - 23 * hourMs);
      given.clock.advance(2 * hourMs);
      await append(aTrace('3', now(), 'carol'));
      expect(await recentOf(given.store, 'alice')).toEqual(['2']);
      expect(await traceOf(given.store, '1')).toEqual([]);
      expect(await given.store.traces.sinceMs()).toBeGreaterThanOrEqual(now() - 24 * hourMs);
    });

    it('is there after the store was opened again, and goes on', async () => {
      await append(aTrace('1', now(), 'alice'));
      await given.opened.reopen();
      await append(aTrace('2', now(), 'alice'));
      expect(await recentOf(given.store, 'alice')).toEqual(['2', '1']);
    });

    it('forgets a user who is erased, and keeps what is about others', async () => {
      const steps = ['alice', 'carol'].map((uid) => aStep({ uid, atMs: now() }));
      await append(
        aTrace('1', now(), 'alice', { steps }),
        aTrace('2', now(), 'alice'),
        aTrace('3', now(), 'carol', {
          origin: {
            source: 'webhook',
            fromUid: 'alice',
            channelId: 'alice@carol',
            channelType: 1,
            recipients: null,
          },
        }),
      );
      await append(aTrace('1', now(), 'alice', { origin: null }));
      // To the sender's own other phones, or from one agent to another: of alice only the channel tells.
      const named = [
        ['alice', 1],
        ['carol@alice', 1],
        ['alice@carol', 1],
        ['alice____cmd', 1],
        ['alice', channelTypes.visitors],
        ['alice|service', channelTypes.customerService],
        ['alice@agent', channelTypes.agent],
      ] as const;
      for (const [index, [channelId, channelType]] of named.entries()) {
        const origin = {
          source: 'webhook',
          fromUid: 'carol',
          channelId,
          channelType,
          recipients: null,
        } as const;
        await append(aTrace(`9${index}`, now(), 'carol', { origin }));
      }
      const messageIds = named.map((_, index) => `9${index}`);
      await given.store.traces.eraseUser('alice');
      await given.store.traces.eraseUser('alice');
      expect(await recentOf(given.store, 'alice')).toEqual([]);
      expect(await recentOf(given.store, 'carol')).toEqual([...messageIds.toReversed(), '3', '1']);
      expect(JSON.stringify(await given.store.traces.read(messageIds))).not.toContain('alice');
      const left = await given.store.traces.read(['1', '2', '3']);
      expect(JSON.stringify(left)).not.toContain('alice');
      expect(left.map((segments) => segments.length)).toEqual([1, 0, 1]);
    });
  });

  describe('traces beyond their bytes', () => {
    const given = useStore(makeStore, deadLetters, small);

    it('are gone, the oldest first', async () => {
      const detail = 'x'.repeat(1_000);
      for (let number = 1_000; number < 3_000; number += 100) {
        const some = Array.from({ length: 100 }, (_, index) =>
          aTrace(`${number + index}`, given.clock.now(), 'alice', { steps: [aStep({ detail })] }),
        );
        await given.store.traces.append(TraceBatch.of(some));
        given.clock.advance(60_000);
      }
      const left = await recentOf(given.store, 'alice', 1_000);
      expect(left.length).toBeGreaterThan(500);
      expect(left.length).toBeLessThan(1_050);
      expect(left[0]).toBe('2999');
      expect(await traceOf(given.store, '1000')).toEqual([]);
      expect(await given.store.traces.sinceMs()).toBeGreaterThan(given.clock.now() - 15 * 60_000);
    });
  });
}
