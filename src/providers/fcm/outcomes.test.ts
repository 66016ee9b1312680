import { readFcmResponse } from './outcomes';

const now = Date.UTC(2026, 0, 1);
const fcmError = (errorCode: string) => ({
  '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError',
  errorCode,
});
const violation = (field: string) => ({
  '@type': 'type.googleapis.com/google.rpc.BadRequest',
  fieldViolations: [{ field, description: 'Invalid value' }],
});
const quota = (subject: string, description: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ subject, description }],
});

function read(
  code: number,
  status: string,
  message: string,
  details: unknown[],
  headers: Record<string, string> = {},
) {
  const body = JSON.stringify({ error: { code, status, message, details } });
  return readFcmResponse({ kind: 'response', status: code, headers, body }, 'p', now);
}

function readRaw(status: number, body: string, headers: Record<string, string> = {}) {
  return readFcmResponse({ kind: 'response', status, headers, body }, 'p', now);
}

describe('readFcmResponse', () => {
  it('takes 200 for accepted, with the message name', () => {
    expect(readRaw(200, '{"name":"projects/p/messages/1"}').outcomes[0]).toEqual({
      kind: 'accepted',
      receipt: 'projects/p/messages/1',
    });
    for (const body of ['', '{}', '{"name":7}', '{"name":"projects/q/messages/1"}'])
      expect(readRaw(200, body).outcomes[0]).toMatchObject({ kind: 'unavailable', ambiguous: true });
    for (const body of ['x', 'null', '<html>', '{"status":"ok"}'])
      expect(readRaw(200, body).outcomes[0]).toMatchObject({ kind: 'unavailable', ambiguous: false });
  });

  it('takes UNREGISTERED for a dead device token', () => {
    const reading = read(404, 'NOT_FOUND', 'Requested entity was not found.', [fcmError('UNREGISTERED')]);
    expect(reading).toEqual({
      outcomes: [{ kind: 'unregistered', reason: 'UNREGISTERED', asOfMs: null }],
      then: null,
    });
  });

  it('never takes a 404 without FcmError for a dead device token', () => {
    expect(read(404, 'NOT_FOUND', 'Project not found: p', []).outcomes[0]).toMatchObject({
      kind: 'misconfigured',
      reason: 'NOT_FOUND: Project not found: p',
    });
    expect(readRaw(404, '<html>').outcomes[0]).toMatchObject({ kind: 'unavailable' });
    expect(read(404, 'NOT_FOUND', 'Requested entity was not found.', []).outcomes[0]).toMatchObject({
      kind: 'rejected',
      blame: 'topic',
    });
  });

  it('tells a wrong device token from a wrong payload', () => {
    const invalid = [fcmError('INVALID_ARGUMENT')];
    const token = 'The registration token is not a valid FCM registration token';
    expect(read(400, 'INVALID_ARGUMENT', token, invalid).outcomes[0]).toMatchObject({
      blame: 'device_token',
    });
    expect(
      read(400, 'INVALID_ARGUMENT', 'Invalid value', [violation('message.token')]).outcomes[0],
    ).toMatchObject({
      blame: 'device_token',
    });
    const payload = [...invalid, violation('message.android.ttl')];
    expect(read(400, 'INVALID_ARGUMENT', token, payload).outcomes[0]).toEqual({
      kind: 'rejected',
      reason: 'INVALID_ARGUMENT',
      blame: 'payload',
    });
    expect(read(400, 'INVALID_ARGUMENT', 'Android message is too big', invalid).outcomes[0]).toMatchObject({
      blame: 'payload',
    });
    expect(readRaw(400, 'bad').outcomes[0]).toMatchObject({ kind: 'unavailable' });
  });

  it('takes a token of another project for what it is', () => {
    expect(
      read(403, 'PERMISSION_DENIED', 'SenderId mismatch', [fcmError('SENDER_ID_MISMATCH')]).outcomes[0],
    ).toMatchObject({
      kind: 'rejected',
      blame: 'topic',
    });
  });

  it('tries again later where Firebase lacks the credential for Apple or the browser', () => {
    const reading = read(401, 'UNAUTHENTICATED', 'Auth error from APNS', [
      fcmError('THIRD_PARTY_AUTH_ERROR'),
    ]);
    expect(reading).toEqual({
      outcomes: [
        {
          kind: 'unavailable',
          reason: 'THIRD_PARTY_AUTH_ERROR',
          ambiguous: false,
          retryAfterMs: null,
        },
      ],
      then: null,
    });
  });

  it('asks for a new access token on a 401 of Google itself', () => {
    const reading = read(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.', []);
    expect(reading.then).toBe('renew_credential');
    expect(reading.outcomes[0]).toMatchObject({ kind: 'misconfigured' });
    expect(readRaw(401, '')).toMatchObject({ outcomes: [{ kind: 'unavailable' }], then: null });
  });

  it('takes other refusals of the project for a wrong credential, in the words of Google', () => {
    const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'SERVICE_DISABLED' };
    expect(read(403, 'PERMISSION_DENIED', 'Enable the API.', [info]).outcomes[0]).toEqual({
      kind: 'misconfigured',
      reason: 'SERVICE_DISABLED: Enable the API.',
    });
    expect(readRaw(403, '<html>').outcomes[0]).toMatchObject({ kind: 'unavailable' });
  });

  it('tells whose quota is used up', () => {
    const exceeded = fcmError('QUOTA_EXCEEDED');
    const device = quota('token:abc', 'Device message rate exceeded');
    expect(read(429, 'RESOURCE_EXHAUSTED', 'Quota', [exceeded, device]).outcomes[0]).toMatchObject({
      scope: 'device',
    });
    const project = quota('project:1', 'Message send requests per minute');
    expect(
      read(429, 'RESOURCE_EXHAUSTED', 'Quota', [exceeded, project], { 'retry-after': '90' }).outcomes[0],
    ).toEqual({
      kind: 'throttled',
      reason: 'QUOTA_EXCEEDED',
      scope: 'project',
      retryAfterMs: 90_000,
    });
    expect(read(429, 'RESOURCE_EXHAUSTED', 'Quota', [exceeded]).outcomes[0]).toMatchObject({
      kind: 'throttled',
      scope: 'project',
      retryAfterMs: null,
    });
    expect(readRaw(429, '', { 'retry-after': '7' }).outcomes[0]).toMatchObject({
      kind: 'unavailable',
      retryAfterMs: 7_000,
    });
  });

  it.each([
    [500, 'INTERNAL', 'INTERNAL'],
    [503, 'UNAVAILABLE', 'UNAVAILABLE'],
    [500, 'INTERNAL', 'UNSPECIFIED_ERROR'],
  ])('takes %i %s %s for unavailable, and certainly not done', (code, status, errorCode) => {
    const date = { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' };
    expect(read(code, status, '', [fcmError(errorCode)], date).outcomes[0]).toEqual({
      kind: 'unavailable',
      reason: errorCode,
      ambiguous: false,
      retryAfterMs: 30_000,
    });
  });

  it.each([500, 502, 503, 504, 408, 302, 204, 400, 401, 403, 404, 410, 413])(
    'takes %i with any body for unavailable',
    (status) => {
      for (const body of [
        '',
        '<html>502</html>',
        '{"error":"text"}',
        '[]',
        '{"error":{"details":[null,7,{}]}}',
      ]) {
        expect(readRaw(status, body).outcomes[0]).toMatchObject({
          kind: 'unavailable',
          reason: expect.stringContaining(`status ${status}`),
          ambiguous: false,
        });
      }
    },
  );

  it('takes a code only with its own status', () => {
    const unregistered = [fcmError('UNREGISTERED')];
    for (const [code, status] of [
      [400, 'INVALID_ARGUMENT'],
      [403, 'PERMISSION_DENIED'],
      [500, 'INTERNAL'],
    ] as const)
      expect(read(code, status, '', unregistered).outcomes[0]).toMatchObject({ kind: 'unavailable' });
    for (const status of ['INTERNAL', 'GONE', 'not_found', '__proto__', 'constructor'])
      expect(read(404, status, '', unregistered).outcomes[0]).toMatchObject({ kind: 'unavailable' });
  });

  it('does not take a hostile code for a reason', () => {
    expect(read(400, 'INVALID_ARGUMENT', 'x', [fcmError('constructor')]).outcomes[0]).toMatchObject({
      reason: 'INVALID_ARGUMENT',
    });
  });
});
