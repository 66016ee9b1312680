import type { WorkBody } from '../../domain/body';
import { deadlineMs, providerExpiryMs, type Life } from './expiry';

const day = 86_400_000;
const received = 1_800_000_000_000;

function messageBody(expireSeconds: number, timestampSeconds: number): WorkBody {
  return { kind: 'message', message: { expireSeconds, timestampSeconds } } as WorkBody;
}

function pushBody(ttlSeconds: number | null): WorkBody {
  return { kind: 'push', push: { ttlSeconds } } as WorkBody;
}

const life = (body: WorkBody): Life => ({ body, call: null, receivedAtMs: received });

function callLife(action: 'invite' | 'cancel' | 'answered'): Life {
  const call = {
    callId: 'c',
    action,
    fromUid: 'alice',
    media: 'voice',
    endsAtMs: received + 45_000,
  } as const;
  return { body: { kind: 'call' } as WorkBody, call, receivedAtMs: received };
}

describe('deadlineMs', () => {
  it('counts the maximum age from reception, however old the message says it is', () => {
    expect(deadlineMs(life(messageBody(0, 1)), 6 * 3_600_000)).toBe(received + 6 * 3_600_000);
  });

  it("takes a message's own expiry from its timestamp", () => {
    expect(deadlineMs(life(messageBody(3_600, received / 1000 - 600)), day)).toBe(received + 3_000_000);
  });

  it('does not let a server clock that runs ahead lengthen the life of a message', () => {
    expect(deadlineMs(life(messageBody(3_600, received / 1000 + 999_999)), day)).toBe(received + 3_600_000);
  });

  it('takes the life of a push from its ttl', () => {
    expect(deadlineMs(life(pushBody(60)), day)).toBe(received + 60_000);
    expect(deadlineMs(life(pushBody(0)), day)).toBe(received + day);
  });
});

describe('providerExpiryMs', () => {
  it('is the ttl of chat messages, and never later than the message itself', () => {
    expect(providerExpiryMs(life(messageBody(0, 1)), 7 * day)).toBe(received + 7 * day);
    expect(providerExpiryMs(life(messageBody(60, received / 1000)), 7 * day)).toBe(received + 60_000);
  });

  it('is now or never for a push with ttl 0, and four weeks at most', () => {
    expect(providerExpiryMs(life(pushBody(0)), 7 * day)).toBeNull();
    expect(providerExpiryMs(life(pushBody(null)), 7 * day)).toBe(received + 28 * day);
  });
});

describe('the life of a call', () => {
  it('ends with its ringing, for what rings and what stops it', () => {
    for (const action of ['invite', 'answered'] as const) {
      expect(deadlineMs(callLife(action), day)).toBe(received + 45_000);
      expect(providerExpiryMs(callLife(action), 7 * day)).toBe(received + 45_000);
    }
  });

  it('goes on as that of a message once it is a missed call', () => {
    expect(deadlineMs(callLife('cancel'), day)).toBe(received + day);
    expect(providerExpiryMs(callLife('cancel'), 7 * day)).toBe(received + 7 * day);
  });
});
