import type { Device } from '../../domain/device';
import type { InboxEntry } from '../../domain/inbox-entry';
import type { PendingDelivery } from '../../domain/pending-delivery';
import { EntryRun } from './entry-run';
import type { FanOutPlan } from '../plan/grouping';
import type { PlannedDelivery } from '../send/planned-delivery';

const route = 'apns/production/default';

function anEntry(recipients: readonly string[]): InboxEntry {
  return {
    id: 'e1',
    lane: 'bulk',
    bodyId: 'b1',
    body: Buffer.from(''),
    receivedAtMs: 0,
    recipients,
    progress: null,
    claims: 1,
  };
}

function planned(uid: string, recipient: number, deviceId = 'phone'): PlannedDelivery {
  return { id: `${uid}/${deviceId}`, uid, deviceId, tokenKind: 'alert', recipient } as PlannedDelivery;
}

function planOf(deliveries: PlannedDelivery[], rest: Partial<FanOutPlan> = {}): FanOutPlan {
  const group = { route: { id: route }, notification: {}, planned: deliveries };
  return { groups: [group], unroutable: [], postponed: [], tooLate: [], ...rest } as unknown as FanOutPlan;
}

const waiting = { id: 'a/phone', uid: 'a' } as PendingDelivery;
const accepted = { kind: 'accepted' } as const;

/** The recipients that a next holder would still work off. */
function left(run: EntryRun, recipients: readonly string[]): string[] {
  const next = new EntryRun({ ...anEntry(recipients), progress: run.progress() }, 0);
  return next.pendingRecipients().map((index) => recipients[index] ?? '');
}

describe('EntryRun', () => {
  it('has no progress before it is planned, and none while nothing changes', () => {
    const run = new EntryRun(anEntry(['a']), 0);
    expect(run.progress()).toBeNull();
    const delivery = planned('a', 0);
    run.begin(planOf([delivery]));
    expect(run.progress()).toBeNull();
    run.settle(delivery, route, accepted);
    expect(run.progress()).not.toBeNull();
    expect(run.progress()).toBeNull();
  });

  it('counts the age of its claim from when the store was asked, however late the answer was read', () => {
    expect(new EntryRun({ ...anEntry(['a']), claimedAtMs: 1_000 }, 31_000).heldAtMs).toBe(1_000);
    expect(new EntryRun(anEntry(['a']), 31_000).heldAtMs).toBe(31_000);
  });

  it('spares the next holder recipients whose devices are all over, and no others', () => {
    const uids = ['a', 'b', 'c', 'no-device'];
    const run = new EntryRun(anEntry(uids), 0);
    const [first, second, other, third] = [
      planned('a', 0),
      planned('b', 1),
      planned('b', 1, 'tablet'),
      planned('c', 2),
    ];
    run.begin(planOf([first, second, other, third]));
    run.settle(first, route, accepted);
    run.settle(second, route, { kind: 'dropped', reason: 'forgotten' });
    expect(left(run, uids)).toEqual(['b', 'c']);
  });

  it('leaves recipients with a delivery that waits to the next holder, because only the end stores it', () => {
    const run = new EntryRun(anEntry(['a', 'b']), 0);
    const deliveries = [planned('a', 0), planned('b', 1)];
    run.begin(planOf(deliveries));
    run.settle(planned('b', 1), route, accepted);
    run.settle(planned('a', 0), route, { kind: 'pending', pending: waiting });
    expect(left(run, ['a', 'b'])).toEqual(['a']);
    expect(run.pending).toEqual([waiting]);
    expect(run.pending).toEqual([waiting]);
  });

  it('leaves recipients with a dead delivery to the next holder, and only those', () => {
    const run = new EntryRun(anEntry(['a', 'b']), 0);
    run.begin(planOf([planned('a', 0), planned('b', 1)]));
    run.settle(planned('a', 0), route, { kind: 'dead', reason: 'PayloadTooLarge' });
    run.settle(planned('b', 1), route, accepted);
    expect(left(run, ['a', 'b'])).toEqual(['a']);
  });

  it('leaves recipients without a route, too late, or held by a storm to the next holder', () => {
    const uids = ['a', 'b', 'c', 'd'];
    const run = new EntryRun(anEntry(uids), 0);
    const unroutable = [{ uid: 'b', deviceId: 'phone' } as Device];
    const last = planned('c', 2);
    run.begin(planOf([last], { unroutable, postponed: [waiting], tooLate: ['d'] }));
    run.settle(last, route, accepted);
    expect(left(run, uids)).toEqual(['a', 'b', 'd']);
  });

  it('is finished when every delivery has its result, whatever it is', () => {
    const run = new EntryRun(anEntry(['a', 'b']), 0);
    run.begin(planOf([planned('a', 0), planned('b', 1)]));
    let finished = 0;
    run.whenFinished(() => (finished += 1));
    run.settle(planned('a', 0), route, { kind: 'pending', pending: waiting });
    expect(finished).toBe(0);
    run.settle(planned('b', 1), route, { kind: 'abandoned' });
    expect(finished).toBe(1);
    expect(run.lost).toBe(true);
  });
});
