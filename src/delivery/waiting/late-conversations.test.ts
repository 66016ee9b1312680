import type { Message } from '../../domain/message';
import type { ClaimedDelivery } from '../../store/ports/retries';
import { Deadlines } from '../plan/deadlines';
import { LateConversations } from './late-conversations';
import type { Work } from '../plan/work';

const nowMs = 1_000_000;

/** Deliveries whose body says the sender of a message between two. */
function makeConversations() {
  const works = {
    read: (fromUid: string) => {
      if (fromUid === 'broken') throw new SyntaxError('not a body');
      const message = { channelType: 1, channelId: 'x', fromUid } as Message;
      const deadlineMs = fromUid === 'expired' ? nowMs : nowMs + 1;
      return { body: { kind: 'message', message }, deadlineMs } as Work;
    },
  };
  return new LateConversations(works, new Deadlines({ now: () => nowMs, monotonicMs: () => nowMs }));
}

function due(ageMs: number, fromUid = 'alice', deviceId = 'phone'): ClaimedDelivery {
  const pending = { bodyId: fromUid, uid: 'carol', deviceId, attempts: 0, receivedAtMs: nowMs - ageMs };
  return { pending, body: Buffer.alloc(0) } as unknown as ClaimedDelivery;
}

describe('LateConversations', () => {
  it('lets the newest of a conversation through, parked or tried before', () => {
    const claimed = [due(500_000), due(300_000), due(400_000)];
    expect([...makeConversations().superseded(claimed)]).toEqual([claimed[0], claimed[2]]);
  });

  it('knows what has gone out before, and lets its next attempt through', () => {
    const conversations = makeConversations();
    const newest = due(300_000);
    expect(conversations.superseded([newest]).size).toBe(0);
    const older = due(310_000);
    expect([...conversations.superseded([older])]).toEqual([older]);
    expect(conversations.superseded([newest]).size).toBe(0);
    expect(conversations.superseded([due(200_000)]).size).toBe(0);
  });

  it('leaves alone what is in time, another conversation, another device, and what has expired or cannot be read', () => {
    const conversations = makeConversations();
    const claimed = [due(119_000), due(110_000), due(300_000), due(400_000, 'bob')];
    claimed.push(due(400_000, 'alice', 'tablet'), due(400_000, 'broken'), due(500_000, 'broken'));
    claimed.push(due(400_000, 'expired'), due(500_000, 'expired'));
    expect(conversations.superseded(claimed).size).toBe(0);
  });
});
