import type { Device } from '../../domain/device';
import type { InboxEntry } from '../../domain/inbox-entry';
import type { PendingDelivery } from '../../domain/pending-delivery';
import { EntryRun } from './entry-run';
import type { FanOutPlan } from '../plan/plan-builder';
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
    run.settle(0, 'accepted');
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
    run.settle(0, 'accepted');
    run.settle(1, 'dropped');
    expect(left(run, uids)).toEqual(['b', 'c']);
  });

  it('leaves recipients with a delivery that waits to the next holder, because only the end stores it', () => {
    const run = new EntryRun(anEntry(['a', 'b']), 0);
    const deliveries = [planned('a', 0), planned('b', 1)];
    run.begin(planOf(deliveries));
    run.settle(1, 'accepted');
    run.settle(0, 'pending');
    expect(left(run, ['a', 'b'])).toEqual(['a']);
  });

  it('leaves recipients with a dead delivery to the next holder, and only those', () => {
    const run = new EntryRun(anEntry(['a', 'b']), 0);
    run.begin(planOf([planned('a', 0), planned('b', 1)]));
    run.settle(0, 'dead');
    run.settle(1, 'accepted');
    expect(left(run, ['a', 'b'])).toEqual(['a']);
  });

  it('leaves recipients without a route, too late, or held by a storm to the next holder', () => {
    const uids = ['a', 'b', 'c', 'd'];
    const run = new EntryRun(anEntry(uids), 0);
    const unroutable = [{ device: { uid: 'b', deviceId: 'phone' } as Device, tokenKind: 'alert' as const }];
    const last = planned('c', 2);
    run.begin(planOf([last], { unroutable, postponed: [waiting], tooLate: ['d'] }));
    run.settle(2, 'accepted');
    expect(left(run, uids)).toEqual(['a', 'b', 'd']);
  });

  it('is finished when every delivery has its result, whatever it is', () => {
    const run = new EntryRun(anEntry(['a', 'b']), 0);
    run.begin(planOf([planned('a', 0), planned('b', 1)]));
    let finished = 0;
    run.whenFinished(() => (finished += 1));
    run.settle(0, 'pending');
    expect(finished).toBe(0);
    run.settle(1, 'abandoned');
    expect(finished).toBe(1);
    expect(run.lost).toBe(true);
  });
});
