import type { InboxEntry } from '../../domain/inbox-entry';
import { StoreUnavailableError } from '../../store/ports/errors';
import { ResultKeeper } from '../send/result-keeper';
import { EntryRun } from './entry-run';
import { EntryWorker, type EntryWorkerContext } from './entry-worker';
import type { FanOutRequest } from '../plan/fan-out';
import { emptyPlan } from '../plan/plan-builder';

function anEntry(uid: string): InboxEntry {
  return {
    id: `e-${uid}`,
    lane: 'direct',
    bodyId: `b-${uid}`,
    body: Buffer.alloc(0),
    receivedAtMs: 0,
    recipients: [uid],
    progress: null,
    claims: 1,
  };
}

/** Works entries off whose look-ups the test answers; resolves with each one's end, and the sizes of the look-ups. */
async function workOff(
  uids: readonly string[],
  lookUp: (uids: readonly string[]) => Promise<void>,
): Promise<{ readonly ends: Record<string, unknown>; readonly lookUps: number[] }> {
  const lookUps: number[] = [];
  const clock = { now: () => 0, monotonicMs: () => 0 };
  const deadLetters = { writeDeliveries: async () => {} };
  const context = {
    options: { maxClaims: 5, claimTimeMs: 30_000 },
    decoded: { readOnce: () => ({ body: { kind: 'push', push: { id: 'p' } } }) },
    fanOut: {
      request: (event: unknown, entry: InboxEntry) => ({ event, entry, eligible: [0] }),
      lookUp: async (requests: readonly FanOutRequest[]) => {
        lookUps.push(requests.length);
        await lookUp(requests.map(({ entry }) => entry.recipients[0] ?? ''));
        return requests.map(() => emptyPlan);
      },
      number: () => null,
    },
    results: new ResultKeeper({ deadLetters, journey: { isFollowed: false, tell: () => {} }, clock }),
    spans: null,
    clock,
  } as unknown as EntryWorkerContext;
  const ends: Record<string, unknown> = {};
  const runs = uids.map((uid) => new EntryRun(anEntry(uid), 0));
  await new Promise<void>((resolve) => {
    new EntryWorker(context).start(runs, {
      mayStillSend: () => true,
      ended: ({ entry }, error) => {
        if (entry.id in ends) throw new Error(`${entry.id} ended twice`);
        ends[entry.id] = error;
        if (Object.keys(ends).length === uids.length) resolve();
      },
    });
  });
  return { ends, lookUps };
}

describe('EntryWorker', () => {
  it('looks small entries up together', async () => {
    const { ends, lookUps } = await workOff(['a', 'b', 'c'], async () => {});
    expect(lookUps).toEqual([3]);
    expect(ends).toEqual({ 'e-a': null, 'e-b': null, 'e-c': null });
  });

  it('lets none pay for another whose look-up fails', async () => {
    const error = new StoreUnavailableError('a node is away');
    const { ends } = await workOff(['a', 'bad', 'c'], async (uids) => {
      if (uids.includes('bad')) throw error;
    });
    expect(ends).toEqual({ 'e-a': null, 'e-bad': error, 'e-c': null });
  });
});
