import { MessageReader } from '../../content/message-content';
import { encodeBody } from '../../domain/body';
import { StoreUnavailableError } from '../../store/ports/errors';
import { Deadlines } from '../../shared/deadlines';
import { nextTurn } from '../../runtime/slice';
import { plainSenders } from '../../../test/helpers/content-rules';
import { DecodedEvents } from '../plan/decoded-event';
import { EndedCalls } from '../plan/ended-calls';
import { ResultKeeper } from '../send/result-keeper';
import { WaitingSender, type WaitingSenderContext } from './waiting-sender';

const nowMs = 1_767_000_000_000;
const clock = { now: () => nowMs, monotonicMs: () => nowMs };
const body = encodeBody({ kind: 'push', push: { id: '7', ttlSeconds: null } as never });
const device = { deviceId: 'phone' };
const letterFails = new StoreUnavailableError('no room for dead letters');
const numbersFail = new StoreUnavailableError('no answer about badges');

/** A store that fails at dead letters, and then at badges. */
function makeSender(
  told: unknown[],
  changes: Partial<Record<keyof WaitingSenderContext, unknown>> = {},
): WaitingSender {
  const options = { claimTimeMs: 30_000, maxAgeMs: 60_000, ttlMs: 60_000, callTtlMs: 60_000 };
  const rules = { types: {}, unknown: 'neutral', callTypes: [], callCommands: [] } as const;
  const context: Partial<Record<keyof WaitingSenderContext, unknown>> = {
    options,
    clock,
    decoded: new DecodedEvents(options, new MessageReader({ ...rules, ...plainSenders })),
    lookUp: { find: async () => ({ recipients: [{ uid: 'bob', devices: [device] }], names: [] }) },
    endedCalls: { of: () => null },
    recalls: { of: async () => ['current'] },
    sharedState: { getMany: async (keys: readonly string[]) => keys.map(() => null) },
    fanOut: {
      number: async () => {
        await nextTurn();
        throw numbersFail;
      },
    },
    results: new ResultKeeper({
      deadLetters: { writeDeliveries: () => Promise.reject(letterFails) },
      journey: { isFollowed: false, tell: () => {} },
      clock,
    }),
    retries: { settle: async () => {} },
    deadlines: new Deadlines(clock),
    events: { claimFailed: (error: unknown) => void told.push(error), dropped: () => {} },
    ...changes,
  };
  return new WaitingSender(context as unknown as WaitingSenderContext, () => true);
}

function waitingOf(bodyId: string, receivedAtMs: number) {
  return {
    id: bodyId,
    bodyId,
    route: 'apns/production/default',
    uid: 'bob',
    deviceId: 'phone',
    tokenKind: 'alert',
    attempts: 1,
    ambiguousAttempts: 0,
    dueAtMs: nowMs,
    receivedAtMs,
    lastReason: null,
    parked: false,
  } as const;
}

describe('WaitingSender', () => {
  it('asks about all calls that wait at the same time', async () => {
    const ids = ['one', 'two', 'three'];
    const asked: (() => void)[] = [];
    // Answers once it has been asked about all.
    const get = () =>
      new Promise((resolve) => {
        asked.push(() => resolve('cancel'));
        if (asked.length === ids.length) for (const answer of asked) answer();
      });
    const settled: string[] = [];
    const sender = makeSender([], {
      endedCalls: new EndedCalls({ get } as never),
      lookUp: {
        find: async () => ({ recipients: ids.map(() => ({ uid: 'bob', devices: [device] })), names: [] }),
      },
      fanOut: { number: () => null },
      retries: {
        settle: async (some: readonly { pending: { id: string } }[]) =>
          void settled.push(...some.map(({ pending }) => pending.id)),
      },
    });
    const claimed = ids.map((id) => {
      const call = {
        id,
        callId: id,
        action: 'invite',
        fromUid: 'al',
        media: 'voice',
        atMs: nowMs,
        ttlSeconds: null,
      } as const;
      return { pending: waitingOf(id, nowMs), body: encodeBody({ kind: 'call', call }), claimedAtMs: nowMs };
    });
    await sender.send(claimed, undefined, 'none');
    expect(settled.sort()).toEqual(ids.sort());
  });

  it('tells of a dead letter that could not be written, though the look-up after it fails as well', async () => {
    const told: unknown[] = [];
    const expired = waitingOf('expired', nowMs - 3_600_000);
    const sending = makeSender(told).send(
      [{ pending: expired, body, claimedAtMs: nowMs }],
      undefined,
      'none',
    );
    await expect(sending).rejects.toBe(numbersFail);
    // Nobody else would: a rejection that nobody handles ends the process.
    expect(told).toEqual([letterFails]);
  });
});
