import { ApnsAnswers, apnsReasons } from './outcomes';

const now = Date.UTC(2026, 0, 1);
const id = '6f1e0a52-9d0c-5b7e-8a11-3c2f4d5e6f70';
const otherId = '0e1e0a52-9d0c-5b7e-8a11-3c2f4d5e6f71';

function read(status: number, body: unknown = '', headers: Record<string, string> = {}, voip = false) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new ApnsAnswers().read({ kind: 'response', status, headers, body: text }, id, voip, now);
}

describe('readApnsResponse', () => {
  it('takes 200 for accepted, with the id that came back', () => {
    expect(read(200, '', { 'apns-id': id })).toEqual({
      outcomes: [{ kind: 'accepted', receipt: id }],
      then: null,
    });
  });

  it('does not take a 200 without an id for accepted, though the push may have been', () => {
    for (const headers of [{}, { 'apns-id': '' }, { 'apns-id': 'A' }, { 'apns-id': `${id}, ${id}` }])
      expect(read(200, '', headers).outcomes[0]).toMatchObject({ kind: 'unavailable', ambiguous: true });
  });

  it('takes another id only where none has been echoed', () => {
    const answers = new ApnsAnswers();
    const answer = (apnsId: string) =>
      answers.read(
        { kind: 'response', status: 200, headers: { 'apns-id': apnsId }, body: '' },
        id,
        false,
        now,
      );
    expect(answer(otherId).outcomes[0]).toEqual({ kind: 'accepted', receipt: otherId });
    expect(answer(id.toUpperCase()).outcomes[0]).toMatchObject({ kind: 'accepted' });
    expect(answer(otherId).outcomes[0]).toMatchObject({ kind: 'unavailable', ambiguous: true });
  });

  it.each([
    [410, 'Unregistered'],
    [410, 'ExpiredToken'],
  ])('takes %i %s for a dead device token, as of its timestamp', (status, reason) => {
    expect(read(status, { reason, timestamp: 1_700_000_000_123 }).outcomes[0]).toEqual({
      kind: 'unregistered',
      reason,
      asOfMs: 1_700_000_000_123,
    });
    for (const timestamp of ['x', undefined, null, 0, -1, 1_700_000_000])
      expect(read(status, { reason, timestamp }).outcomes[0]).toMatchObject({ kind: 'unavailable' });
    expect(read(status, { reason, timestamp: now + 1e12 }).outcomes[0]).toMatchObject({ asOfMs: now });
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
    expect(read(status, { reason })).toEqual({ outcomes: [{ kind: 'rejected', reason, blame }], then: null });
  });

  it.each([
    [400, 'BadTopic'],
    [400, 'MissingTopic'],
    [400, 'TopicDisallowed'],
    [403, 'BadCertificate'],
    [403, 'BadCertificateEnvironment'],
    [403, 'BadEnvironmentKeyIdInToken'],
    [403, 'Forbidden'],
    [403, 'MissingProviderToken'],
  ])('takes %i %s for a wrong credential', (status, reason) => {
    expect(read(status, { reason })).toEqual({ outcomes: [{ kind: 'misconfigured', reason }], then: null });
  });

  it('asks for another token where this one is invalid: it may be from the future', () => {
    const reason = 'InvalidProviderToken';
    expect(read(403, { reason })).toEqual({
      outcomes: [{ kind: 'misconfigured', reason }],
      then: 'replace_credential',
    });
  });

  it('does not stop the alerts for a VoIP topic that the credential is not for', () => {
    expect(read(400, { reason: 'TopicDisallowed' }, {}, true).outcomes[0]).toEqual({
      kind: 'rejected',
      reason: 'TopicDisallowed',
      blame: 'topic',
    });
    expect(read(403, { reason: 'Forbidden' }, {}, true).outcomes[0]).toMatchObject({ kind: 'misconfigured' });
  });

  it('asks for a new provider token when it has expired', () => {
    const reading = read(403, { reason: 'ExpiredProviderToken' });
    expect(reading).toEqual({
      outcomes: [{ kind: 'misconfigured', reason: 'ExpiredProviderToken' }],
      then: 'renew_credential',
    });
  });

  it('keeps the provider token when it changes too often', () => {
    const reading = read(429, { reason: 'TooManyProviderTokenUpdates' });
    expect(reading.outcomes[0]).toMatchObject({ kind: 'throttled', scope: 'project', retryAfterMs: null });
    expect(reading.then).toBe('keep_credential');
  });

  it('slows one device down, and tells when to come back', () => {
    expect(read(429, { reason: 'TooManyRequests' }, { 'retry-after': '7' }).outcomes[0]).toEqual({
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
      outcomes: [{ kind: 'unavailable', reason, ambiguous: false, retryAfterMs: 3000 }],
      then,
    });
  });

  it.each([
    [400, 'rejected'],
    [403, 'misconfigured'],
    [404, 'rejected'],
    [413, 'rejected'],
    [429, 'throttled'],
    [500, 'unavailable'],
  ])('decides by status %i on a reason that is new', (status, kind) => {
    expect(read(status, { reason: 'SomethingNew' }).outcomes[0]).toMatchObject({
      kind,
      reason: 'SomethingNew',
    });
  });

  it.each([200, 204, 302, 400, 401, 403, 404, 405, 407, 408, 410, 413, 421, 429, 499, 500, 502, 503])(
    'takes no verdict from a %i that is not of Apple’s shape',
    (status) => {
      const bodies = [
        '',
        '<html>',
        '[]',
        'null',
        '"x"',
        '{"reason":7}',
        '{"reason":"<b>"}',
        '{"reason":"gone"}',
      ];
      for (const body of bodies) {
        expect(read(status, body)).toMatchObject({
          outcomes: [{ kind: 'unavailable', reason: expect.stringContaining(`status ${status}`) }],
          then: null,
        });
      }
    },
  );

  it.each(Object.entries(apnsReasons))('takes %s only with its own status', (reason, [status]) => {
    const timestamp = 1_700_000_000_123;
    for (const other of [400, 403, 404, 405, 410, 413, 429, 500, 502, 503]) {
      const foreign = expect.stringMatching(/^not an answer/);
      const {
        outcomes: [outcome],
      } = read(other, { reason, timestamp });
      if (other === status) expect(outcome).toMatchObject({ reason });
      else expect(outcome).toMatchObject({ kind: 'unavailable', reason: foreign });
    }
  });

  it('takes a reason among other fields only with the id', () => {
    const status = { kind: 'Status', reason: 'Forbidden', code: 403 };
    expect(read(403, status).outcomes[0]).toMatchObject({ kind: 'unavailable' });
    expect(read(403, status, { 'apns-id': id }).outcomes[0]).toMatchObject({ kind: 'misconfigured' });
  });

  it('has a verdict for every reason that Apple lists', () => {
    expect(Object.keys(apnsReasons)).toHaveLength(33);
  });
});
