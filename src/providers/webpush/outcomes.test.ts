import { readPushResponse, type AnswerContext } from './outcomes';

const nowMs = Date.UTC(2026, 0, 1);
const apple: AnswerContext = {
  host: 'web.push.apple.com',
  isNamed: true,
  hasOtherKey: false,
  isKeyProven: false,
};
const google: AnswerContext = { ...apple, host: 'fcm.googleapis.com' };
const mozilla: AnswerContext = { ...apple, host: 'updates.push.services.mozilla.com' };
const microsoft: AnswerContext = { ...apple, host: 'wns2-by3p.notify.windows.com' };

function read(
  status: number,
  body = '',
  headers: Record<string, string> = {},
  context: AnswerContext = apple,
) {
  return readPushResponse({ kind: 'response', status, headers, body }, context, nowMs);
}

const outcome = (...args: Parameters<typeof read>) => read(...args).outcomes[0];
const page = (title: string) => `<!DOCTYPE html><html><head><title>${title}</title></head></html>`;

describe('readPushResponse', () => {
  it('takes 200, 201 and 202 for accepted, with the receipt that there is', () => {
    expect(outcome(201, '', { location: 'https://push/message/1' })).toEqual({
      kind: 'accepted',
      receipt: 'https://push/message/1',
    });
    expect(outcome(201, '', { 'apns-id': 'A-1' })).toEqual({ kind: 'accepted', receipt: 'A-1' });
    const long = { location: `https://push/${'x'.repeat(60_000)}` };
    expect(outcome(201, '', long)).toEqual({ kind: 'accepted', receipt: '' });
    expect(outcome(202)).toEqual({ kind: 'accepted', receipt: '' });
    expect(outcome(200, '{"id":"x"}')).toEqual({ kind: 'accepted', receipt: '' });
  });

  it('takes a page for an answer of somebody else, but for errors of Google', () => {
    expect(outcome(200, page('Log in'))).toMatchObject({ kind: 'unavailable', ambiguous: true });
    expect(outcome(404, page('Not found'))).toMatchObject({ kind: 'unavailable', ambiguous: false });
    expect(outcome(403, page('Blocked'), {}, google)).toMatchObject({ kind: 'unavailable' });
    expect(outcome(404, page('Error 404'), {}, google)).toMatchObject({ kind: 'unregistered' });
    expect(outcome(401, page('authorization header must be specified.'), {}, google)).toMatchObject({
      kind: 'misconfigured',
    });
  });

  it.each([301, 302, 307, 308])('follows no redirect: %s', (status) => {
    expect(outcome(status, '', { location: 'http://169.254.169.254/' })).toMatchObject({
      kind: 'unavailable',
      ambiguous: false,
    });
  });

  it.each([
    [404, '{"code":404,"errno":102}'],
    [410, '{"code":410,"errno":106}'],
    [410, 'NotRegistered'],
  ])('forgets what is gone: %s %s', (status, body) => {
    expect(outcome(status, body)).toEqual({ kind: 'unregistered', reason: `gone_${status}`, asOfMs: null });
  });

  it.each([
    [400, '{"reason":"VapidPkHashMismatch"}', apple],
    [403, '{"reason":"VapidPkHashMismatch"}', apple],
    [
      403,
      'the VAPID credentials in the authorization header do not correspond to the credentials used to create the subscriptions.',
      google,
    ],
    [401, '{"code":401,"errno":109,"error":"Unauthorized","message":"VAPID public key mismatch"}', mozilla],
  ] as const)('knows a subscription of another key: %s %s', (status, body, context) => {
    expect(outcome(status, body, {}, context)).toMatchObject({ kind: 'misconfigured' });
    expect(outcome(status, body, {}, { ...context, isKeyProven: true })).toMatchObject({
      kind: 'rejected',
      blame: 'topic',
    });
    expect(outcome(status, body, {}, { ...context, hasOtherKey: true })).toMatchObject({
      kind: 'rejected',
      blame: 'device_token',
    });
    expect(outcome(status, body, {}, { ...context, isNamed: false })).toMatchObject({
      kind: 'rejected',
      blame: 'topic',
    });
  });

  it('renews a refused token, and doubts the key only at the word of a named push service', () => {
    const reading = read(403, '{"reason":"BadJwtToken"}');
    expect(reading).toEqual({
      outcomes: [{ kind: 'misconfigured', reason: 'BadJwtToken' }],
      then: 'renew_credential',
    });
    expect(outcome(401, '{"reason":"x"}', {}, { ...apple, isNamed: false })).toMatchObject({
      kind: 'rejected',
      blame: 'topic',
    });
  });

  it('waits as long as it is asked to', () => {
    expect(outcome(429, '{"reason":"TooManyRequests"}', { 'retry-after': '17' })).toEqual({
      kind: 'throttled',
      reason: 'TooManyRequests',
      scope: 'device',
      retryAfterMs: 17_000,
    });
    const date = { 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT', 'x-wns-status': 'appthrottled' };
    expect(outcome(406, '', date, microsoft)).toMatchObject({
      kind: 'throttled',
      reason: 'appthrottled',
      retryAfterMs: 60_000,
    });
    expect(outcome(503, '{"code":503,"errno":201}', { 'retry-after': '120' }, mozilla)).toEqual({
      kind: 'unavailable',
      reason: 'errno 201',
      ambiguous: false,
      retryAfterMs: 120_000,
    });
    expect(outcome(507, '{"code":50701,"http":507,"error":"no subscribers"}')).toEqual({
      kind: 'unavailable',
      reason: 'code 50701: no subscribers',
      ambiguous: false,
      retryAfterMs: 600_000,
    });
  });

  it.each([
    [413, '{"reason":"PayloadTooLarge"}', {}, 'PayloadTooLarge'],
    [400, '{"reason":"BadTtl"}', {}, 'BadTtl'],
    [
      400,
      '',
      { 'x-wns-error-description': 'Ttl value conflicts with X-WNS-Cache-Policy.' },
      'Ttl value conflicts with X-WNS-Cache-Policy.',
    ],
    [405, '', {}, 'status 405'],
    [400, '{"code":400,"errno":111,"message":"Missing TTL value"}', {}, 'errno 111: Missing TTL value'],
  ] as const)('gives up what is wrong with the request: %s %s', (status, body, headers, reason) => {
    expect(outcome(status, body, headers)).toEqual({ kind: 'rejected', reason, blame: 'payload' });
  });

  it('shows nothing that could be the subscription in a reason', () => {
    const secret = 'gAAAAABlX1234567890abcdefghijklmnop';
    expect(JSON.stringify(outcome(400, `bad endpoint ${secret}`))).not.toContain(secret);
  });
});
