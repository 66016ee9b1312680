import type { WorkBody } from '../../domain/body';
import { deadlineMs, providerExpiryMs } from './expiry';

const day = 86_400_000;
const received = 1_800_000_000_000;

function messageBody(expireSeconds: number, timestampSeconds: number): WorkBody {
  return { kind: 'message', message: { expireSeconds, timestampSeconds } } as WorkBody;
}

function pushBody(ttlSeconds: number | null): WorkBody {
  return { kind: 'push', push: { ttlSeconds } } as WorkBody;
}

describe('deadlineMs', () => {
  it('counts the maximum age from reception, however old the message says it is', () => {
    expect(deadlineMs(messageBody(0, 1), received, 6 * 3_600_000)).toBe(received + 6 * 3_600_000);
  });

  it("takes a message's own expiry from its timestamp", () => {
    expect(deadlineMs(messageBody(3_600, received / 1000 - 600), received, day)).toBe(received + 3_000_000);
  });

  it('does not let a server clock that runs ahead lengthen the life of a message', () => {
    expect(deadlineMs(messageBody(3_600, received / 1000 + 999_999), received, day)).toBe(
      received + 3_600_000,
    );
  });

  it('takes the life of a push from its ttl', () => {
    expect(deadlineMs(pushBody(60), received, day)).toBe(received + 60_000);
    expect(deadlineMs(pushBody(0), received, day)).toBe(received + day);
  });
});

describe('providerExpiryMs', () => {
  it('is the ttl of chat messages, and never later than the message itself', () => {
    expect(providerExpiryMs(messageBody(0, 1), received, 7 * day)).toBe(received + 7 * day);
    expect(providerExpiryMs(messageBody(60, received / 1000), received, 7 * day)).toBe(received + 60_000);
  });

  it('is now or never for a push with ttl 0, and four weeks at most', () => {
    expect(providerExpiryMs(pushBody(0), received, 7 * day)).toBeNull();
    expect(providerExpiryMs(pushBody(null), received, 7 * day)).toBe(received + 28 * day);
  });
});
