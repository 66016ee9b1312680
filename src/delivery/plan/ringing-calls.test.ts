import { RingingCalls } from './ringing-calls';
import type { DecodedEvent } from './decoded-event';

const startMs = Date.UTC(2026, 0, 31);

function setUp() {
  const kept = new Map<string, string>();
  const told: string[] = [];
  const calls = new RingingCalls({
    sharedState: {
      get: (key) => Promise.resolve(kept.get(key) ?? null),
      set: (key, value) => {
        kept.set(key, value);
        return Promise.resolve();
      },
      setIfAbsent: (key, value) => {
        const known = kept.get(key) ?? null;
        if (known === null) kept.set(key, value);
        return Promise.resolve(known);
      },
    },
    inbox: {
      append: ({ recipients }) => {
        told.push(...recipients.flat());
        return Promise.resolve();
      },
    },
    makeId: () => 'id',
    clock: { now: () => startMs, monotonicMs: () => 0 },
  });
  return { calls, told };
}

/** From alice. */
function invitation(callId: string, receivedAtMs: number): DecodedEvent {
  const call = { action: 'invite', callId, fromUid: 'alice', media: 'voice', endsAtMs: startMs + 45_000 };
  return { body: { kind: 'message' }, call, receivedAtMs } as unknown as DecodedEvent;
}

describe('RingingCalls', () => {
  it('ends the call that rings', async () => {
    const { calls, told } = setUp();
    expect(await calls.remember(invitation('one', startMs), ['bob'])).toEqual(new Set());
    await calls.end({ fromUid: 'alice', how: 'canceled' }, ['bob'], startMs + 1);
    expect(told).toEqual(['bob']);
  });

  it('keeps from ringing what was ended before it was planned, and not the next call', async () => {
    const { calls, told } = setUp();
    await calls.end({ fromUid: 'alice', how: 'canceled' }, ['bob'], startMs + 1);
    expect(told).toEqual([]);
    expect(await calls.remember(invitation('one', startMs), ['bob', 'carol'])).toEqual(new Set(['bob']));
    expect(await calls.remember(invitation('two', startMs + 2), ['bob'])).toEqual(new Set());
  });

  it('rings after an end that came while the clock was ahead', async () => {
    const { calls } = setUp();
    await calls.end({ fromUid: 'alice', how: 'canceled' }, ['bob'], startMs + 600_000);
    expect(await calls.remember(invitation('two', startMs), ['bob'])).toEqual(new Set());
  });
});
