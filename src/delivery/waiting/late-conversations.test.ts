import type { Message } from '../../domain/message';
import type { PendingDelivery } from '../../domain/pending-delivery';
import type { ClaimedDelivery } from '../../store/ports/retries';
import { Deadlines } from '../../shared/deadlines';
import type { DecodedEvent } from '../plan/decoded-event';
import type { DeliveryResult } from '../send/planned-delivery';
import { LateConversations } from './late-conversations';

const nowMs = 1_000_000;

function makeConversations() {
  const clock = { now: () => nowMs, monotonicMs: () => nowMs };
  const conversations = new LateConversations(new Deadlines(clock), clock);
  const end = ({ one: { pending }, event }: Due, result: DeliveryResult) =>
    conversations.ended(pending, event, result);
  return { judge: (...due: Due[]) => conversations.judge(due), end };
}

type Due = ReturnType<typeof due>;

/** A delivery of a message between two. */
function due(ageMs: number, fromUid = 'alice', deviceId = 'phone') {
  const message = { channelType: 1, channelId: 'x', fromUid } as Message;
  const deadlineMs = fromUid === 'expired' ? nowMs : nowMs + 1;
  const event = { body: { kind: 'message', message }, content: null, deadlineMs } as DecodedEvent;
  const pending = { uid: 'carol', deviceId, attempts: 0, receivedAtMs: nowMs - ageMs } as PendingDelivery;
  return { one: { pending, body: Buffer.alloc(0) } as ClaimedDelivery, event };
}

const accepted: DeliveryResult = { kind: 'accepted' };
const waits = { untilMs: nowMs + 2_000 };

function again(dueAtMs: number, parked = false): DeliveryResult {
  return { kind: 'pending', pending: { dueAtMs, parked } as PendingDelivery };
}

describe('LateConversations', () => {
  it('lets a recall go beside the newest message, which it does not stand for', () => {
    const { judge, end } = makeConversations();
    const recall = due(200_000);
    const event = { ...recall.event, content: { recall: { messageId: '1' } } } as DecodedEvent;
    expect(judge({ ...recall, event }, due(300_000), due(400_000))).toEqual(['go', 'go', waits]);
    end({ ...recall, event }, accepted);
    expect(judge(due(300_000))).toEqual(['go']);
  });

  it('lets the newest of a conversation go, and others wait for it', () => {
    const { judge } = makeConversations();
    expect(judge(due(500_000), due(300_000), due(400_000))).toEqual([waits, 'go', waits]);
  });

  it('gives older ones up once the newest is accepted', () => {
    const { judge, end } = makeConversations();
    const newest = due(300_000);
    judge(newest, due(400_000));
    end(newest, accepted);
    expect(judge(due(400_000), due(310_000))).toEqual(['superseded', 'superseded']);
    expect(judge(due(200_000))).toEqual(['go']);
  });

  it.each<[string, DeliveryResult]>([
    ['is given up', { kind: 'dead', reason: 'expired' }],
    ['is dropped', { kind: 'dropped', reason: 'suspended' }],
    ['waits for a credential, as they do', again(nowMs + 1, true)],
  ])('lets the next newest go when the newest %s', (_, result) => {
    const { judge, end } = makeConversations();
    const newest = due(300_000);
    judge(newest, due(400_000), due(500_000));
    end(newest, result);
    expect(judge(due(400_000), due(500_000))).toEqual(['go', waits]);
  });

  it('keeps older ones waiting for as long as the newest does, and lets its next attempt go', () => {
    const { judge, end } = makeConversations();
    const newest = due(300_000);
    judge(newest);
    end(newest, again(nowMs + 90_000));
    expect(judge(due(400_000))).toEqual([{ untilMs: nowMs + 90_000 }]);
    expect(judge(newest)).toEqual(['go']);
  });

  it('does not go back behind what was accepted when a newer one is given up', () => {
    const { judge, end } = makeConversations();
    const [first, second] = [due(400_000), due(300_000)];
    judge(first);
    end(first, accepted);
    judge(second);
    end(second, { kind: 'dead', reason: 'expired' });
    expect(judge(due(450_000), due(350_000))).toEqual(['superseded', 'go']);
  });

  it('leaves alone what is in time, another conversation, another device, and what has expired', () => {
    const { judge } = makeConversations();
    const all = [due(119_000), due(110_000), due(300_000), due(400_000, 'bob')];
    all.push(due(400_000, 'alice', 'tablet'), due(400_000, 'expired'), due(500_000, 'expired'));
    expect(new Set(judge(...all))).toEqual(new Set(['go']));
  });
});
