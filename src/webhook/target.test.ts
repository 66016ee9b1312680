import { isWebhookPath, parseTarget } from './target';

describe('parseTarget', () => {
  it.each([
    ['/webhook?event=msg.offline', 'msg.offline', []],
    ['/webhook/?event=msg.offline', 'msg.offline', []],
    ['/webhook/s?event=msg.offline', 'msg.offline', ['s']],
    ['/webhook/s/?event=msg.offline', 'msg.offline', ['s']],
    ['/webhook/a%2Fb%20c?event=x', 'x', ['a/b c']],
    ['/webhook/50%?event=x', 'x', ['50%']],
    ['/webhook?token=abc?event=msg.offline', 'msg.offline', ['abc']],
    ['/webhook?token=a?event=b?event=msg.offline', 'msg.offline', ['a?event=b']],
    ['/webhook?event=msg.offline&token=abc', 'msg.offline', ['abc']],
    ['/webhook?token=a%26b?event=msg%2Eoffline', 'msg.offline', ['a&b']],
    ['/webhook?token=a+b?event=x', 'x', ['a+b', 'a b']],
    ['/webhook??event=x', 'x', []],
    ['/webhook?event=msg.offline/', 'msg.offline', []],
    ['/webhook?event=MSG.Offline', 'msg.offline', []],
    ['/webhook?event=%20msg.notify+', 'msg.notify', []],
    ['/webhook?event=User.OnlineStatus%20//', 'user.onlinestatus', []],
    ['/webhook?event=msg.offline?event=msg.offline', 'msg.offline', []],
    ['/webhook?event=x?event=msg.offline', 'msg.offline', []],
    ['/webhook?event=msg.notify&event=msg.offline', 'msg.offline', []],
    ['/webhook?event=msg.offline&event=', 'msg.offline', []],
    ['/webhook?event=MSG.OTHER/', 'MSG.OTHER/', []],
    ['/webhook?event=msg.offlin', 'msg.offlin', []],
    // To look for its end took a stranger's request of 15 KB a third of a second.
    [`/webhook?event=msg.offline${'/'.repeat(100)}`, `msg.offline${'/'.repeat(100)}`, []],
    ['/webhook?event=msg.offline.x', 'msg.offline.x', []],
    ['/webhook?token=abc', null, ['abc']],
    ['/webhook', null, []],
    ['/webhook?event=', null, []],
    ['/webhook?event=x#fragment', 'x', []],
    ['http://relay:8080/webhook/s?event=x', 'x', ['s']],
  ])('%s', (url, event, offeredSecrets) => {
    expect(parseTarget(url)).toEqual({ event, offeredSecrets });
  });

  it.each([
    '',
    '/',
    '/webhooks',
    '/Webhook',
    '/webhook//',
    '/webhook/a/b',
    '/v1/webhook',
    'http://webhook',
    '*',
  ])('%s is none', (url) => expect(parseTarget(url)).toBeNull());
});

describe('isWebhookPath', () => {
  it.each([
    ['/webhook', true],
    ['/webhook/s?event=x', true],
    ['/webhook?x', true],
    ['http://h/webhook', true],
    ['/webhooks', false],
    ['/healthz', false],
    [undefined, false],
  ])('%s', (url, expected) => expect(isWebhookPath(url)).toBe(expected));
});
