import { hostAndPort, parseOrigin, parseProxy } from './origin';

describe('base URL', () => {
  it.each([
    [
      'https://api.push.apple.com',
      {
        secure: true,
        host: 'api.push.apple.com',
        port: 443,
        authority: 'api.push.apple.com',
        pathPrefix: '',
      },
    ],
    [
      'https://api.push.apple.com:2197/',
      { port: 2197, authority: 'api.push.apple.com:2197', pathPrefix: '' },
    ],
    ['https://proxy.example/fcm//', { authority: 'proxy.example', pathPrefix: '/fcm' }],
    [
      'https://[2001:db8::1]:8443/a/b',
      { host: '2001:db8::1', authority: '[2001:db8::1]:8443', pathPrefix: '/a/b' },
    ],
    ['http://127.0.0.1:8080', { secure: false, host: '127.0.0.1', port: 8080 }],
    ['http://localhost', { secure: false, port: 80 }],
    ['http://[::1]:1', { secure: false, host: '::1', port: 1 }],
    ['https://bücher.example/ä', { host: 'xn--bcher-kva.example', pathPrefix: '/%C3%A4' }],
  ])('%s is understood', (baseUrl, origin) => {
    expect(parseOrigin(baseUrl)).toMatchObject(origin);
  });

  it.each([
    ['', /not a URL/],
    ['api.push.apple.com', /not a URL/],
    ['ftp://example.com', /https/],
    ['http://example.com', /loopback/],
    ['http://127.0.0.1.example.com', /loopback/],
    ['http://localhost.example.com', /loopback/],
    ['https://user@example.com', /user/],
    ['https://example.com/?a=b', /query/],
    ['https://example.com/#a', /fragment/],
  ])('%s is refused', (baseUrl, message) => {
    expect(() => parseOrigin(baseUrl)).toThrow(message);
  });
});

describe('proxy URL', () => {
  it('has a default port and no credentials unless there are some', () => {
    expect(parseProxy('http://proxy.example')).toEqual({
      host: 'proxy.example',
      port: 80,
      authorization: null,
    });
  });

  it('has its credentials decoded', () => {
    const { authorization } = parseProxy('http://a%40b:c%3Ad%25@proxy.example:3128');
    expect(Buffer.from(authorization?.slice('Basic '.length) ?? '', 'base64').toString()).toBe('a@b:c:d%');
  });

  it('bears a stray percent sign', () => {
    const { authorization } = parseProxy('http://user:100%@proxy.example');
    expect(Buffer.from(authorization?.slice('Basic '.length) ?? '', 'base64').toString()).toBe('user:100%');
  });

  it('is refused where it is not HTTP, without its password', () => {
    expect(() => parseProxy('https://user:secret@proxy.example')).toThrow(/^proxy URL: must start with http/);
    expect(() => parseProxy('https://user:secret@proxy.example')).not.toThrow(/secret/);
  });
});

it('writes an IPv6 address with brackets in front of a port', () => {
  expect([hostAndPort('::1', 443), hostAndPort('example.com', 1)]).toEqual(['[::1]:443', 'example.com:1']);
});
