import { apnsReasons, readApnsResponse } from './outcomes';

const now = Date.UTC(2026, 0, 1);

function read(status: number, body: unknown = '', headers: Record<string, string> = {}, voip = false) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return readApnsResponse({ kind: 'response', status, headers, body: text }, 'delivery-1', voip, now);
}

describe('readApnsResponse', () => {
  it('takes 200 for accepted, with the id that came back', () => {
    expect(read(200, '', { 'apns-id': 'A' })).toEqual({
      outcome: { kind: 'accepted', receipt: 'A' },
      then: null,
    });
    expect(read(200).outcome).toEqual({ kind: 'accepted', receipt: 'delivery-1' });
  });

  it.each([
    [410, 'Unregistered'],
    [410, 'ExpiredToken'],
  ])('takes %i %s for a dead device token, as of its timestamp', (status, reason) => {
    expect(read(status, { reason, timestamp: 1_700_000_000_123 }).outcome).toEqual({
      kind: 'unregistered',
      reason,
      asOfMs: 1_700_000_000_123,
    });
    expect(read(status, { reason, timestamp: 'x' }).outcome).toMatchObject({ asOfMs: null });
  });

  it.each([
    [400, 'BadDeviceToken', 'device_token'],
    [400, 'DeviceTokenNotForTopic', 'topic'],
    [400, 'BadCollapseId', 'payload'],
    [400, 'BadExpirationDate', 'payload'],
    [400, 'BadMessageId', 'payload'],
    [400, 'BadPriority', 'payload'],
    [400, 'DuplicateHeaders', 'payload'],
    [400, 'InvalidPushType', 'payload'],
    [400, 'MissingDeviceToken', 'payload'],
    [400, 'PayloadEmpty', 'payload'],
    [404, 'BadPath', 'payload'],
    [405, 'MethodNotAllowed', 'payload'],
    [413, 'PayloadTooLarge', 'payload'],
  ])('takes %i %s for a rejection that blames the %s', (status, reason, blame) => {
    expect(read(status, { reason })).toEqual({ outcome: { kind: 'rejected', reason, blame }, then: null });
  });

  it.each([
    [400, 'BadTopic'],
    [400, 'MissingTopic'],
    [400, 'TopicDisallowed'],
    [403, 'BadCertificate'],
    [403, 'BadCertificateEnvironment'],
    [403, 'BadEnvironmentKeyIdInToken'],
    [403, 'Forbidden'],
    [403, 'InvalidProviderToken'],
    [403, 'MissingProviderToken'],
  ])('takes %i %s for a wrong credential', (status, reason) => {
    expect(read(status, { reason })).toEqual({ outcome: { kind: 'misconfigured', reason }, then: null });
  });

  it('does not stop the alerts for a VoIP topic that the credential is not for', () => {
    expect(read(400, { reason: 'TopicDisallowed' }, {}, true).outcome).toEqual({
      kind: 'rejected',
      reason: 'TopicDisallowed',
      blame: 'topic',
    });
    expect(read(403, { reason: 'Forbidden' }, {}, true).outcome).toMatchObject({ kind: 'misconfigured' });
  });

  it('asks for a new provider token when it has expired', () => {
    const reading = read(403, { reason: 'ExpiredProviderToken' });
    expect(reading).toEqual({
      outcome: { kind: 'misconfigured', reason: 'ExpiredProviderToken' },
      then: 'renew_credential',
    });
  });

  it('keeps the provider token when it changes too often', () => {
    const reading = read(429, { reason: 'TooManyProviderTokenUpdates' });
    expect(reading.outcome).toMatchObject({ kind: 'throttled', scope: 'project', retryAfterMs: null });
    expect(reading.then).toBe('keep_credential');
  });

  it('slows one device down, and tells when to come back', () => {
    expect(read(429, { reason: 'TooManyRequests' }, { 'retry-after': '7' }).outcome).toEqual({
      kind: 'throttled',
      reason: 'TooManyRequests',
      scope: 'device',
      retryAfterMs: 7000,
    });
  });

  it.each([
    [400, 'IdleTimeout', 'refresh_connection'],
    [403, 'UnrelatedKeyIdInToken', 'refresh_connection'],
    [503, 'Shutdown', 'refresh_connection'],
    [500, 'InternalServerError', null],
    [503, 'ServiceUnavailable', null],
  ])('takes %i %s for unavailable, and certainly not done', (status, reason, then) => {
    expect(read(status, { reason }, { 'retry-after': '3' })).toEqual({
      outcome: { kind: 'unavailable', reason, ambiguous: false, retryAfterMs: 3000 },
      then,
    });
  });

  it.each([
    [400, 'rejected'],
    [401, 'misconfigured'],
    [403, 'misconfigured'],
    [404, 'rejected'],
    [408, 'unavailable'],
    [410, 'unregistered'],
    [413, 'rejected'],
    [421, 'unavailable'],
    [429, 'throttled'],
    [500, 'unavailable'],
    [502, 'unavailable'],
    [204, 'unavailable'],
    [302, 'unavailable'],
  ])('decides by status %i where no reason helps', (status, kind) => {
    for (const body of ['', '<html>', '[]', 'null', '"x"', '{"reason":7}', '{"reason":"<b>"}']) {
      expect(read(status, body).outcome).toMatchObject({ kind, reason: `status_${status}` });
    }
    expect(read(status, { reason: 'SomethingNew' }).outcome).toMatchObject({ kind, reason: 'SomethingNew' });
    expect(read(status, { reason: 'constructor' }).outcome).toMatchObject({ kind });
  });

  it('has a verdict for every reason that Apple lists', () => {
    expect(Object.keys(apnsReasons)).toHaveLength(33);
  });
});
