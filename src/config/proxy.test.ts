import { readProxyEnvironment } from './read/environment';
import { proxyForUrl } from './proxy';

const proxied = (noProxy: string, url = 'https://api.push.apple.com') =>
  proxyForUrl(url, { httpsProxy: 'http://proxy:3128', httpProxy: null, noProxy }) !== null;

describe('proxyForUrl', () => {
  it('chooses by the scheme of the URL', () => {
    const environment = { httpsProxy: 'http://secure:1', httpProxy: 'plain:2', noProxy: null };
    expect(proxyForUrl('https://host', environment)).toBe('http://secure:1');
    expect(proxyForUrl('http://host', environment)).toBe('http://plain:2');
    expect(proxyForUrl('https://host', { httpsProxy: null, httpProxy: null, noProxy: null })).toBeNull();
  });

  it.each([
    'api.push.apple.com',
    'apple.com',
    '.apple.com',
    '*.apple.com',
    'x, PUSH.apple.COM ',
    '*',
    'apple.com.',
  ])('leaves out what NO_PROXY lists: %s', (noProxy) => {
    expect(proxied(noProxy)).toBe(false);
  });

  it.each(['', 'pple.com', 'example.com', 'push', '10.0.0.0/8', ','])(
    'uses the proxy for what NO_PROXY does not list: %j',
    (noProxy) => {
      expect(proxied(noProxy)).toBe(true);
    },
  );

  it('compares addresses with addresses and ranges', () => {
    expect(proxied('10.0.0.0/8', 'https://10.1.2.3:8443')).toBe(false);
    expect(proxied('10.1.2.3', 'https://10.1.2.3')).toBe(false);
    expect(proxied('2.3', 'https://10.1.2.3')).toBe(true);
    expect(proxied('fd00::/8', 'https://[fd00::1]')).toBe(false);
    expect(proxied('[fd00::1]', 'https://[fd00::1]')).toBe(false);
    expect(proxied('::/0', 'https://10.1.2.3')).toBe(true);
  });
});

describe('readProxyEnvironment', () => {
  it('prefers lower case, falls back to ALL_PROXY, and ignores HTTP_PROXY in upper case', () => {
    expect(readProxyEnvironment({ HTTPS_PROXY: 'a', https_proxy: 'b', NO_PROXY: 'c' })).toMatchObject({
      httpsProxy: 'b',
      noProxy: 'c',
    });
    expect(readProxyEnvironment({ ALL_PROXY: 'all', HTTP_PROXY: 'x' })).toMatchObject({
      httpsProxy: 'all',
      httpProxy: 'all',
      noProxy: null,
    });
    expect(readProxyEnvironment({ HTTP_PROXY: 'x' }).httpProxy).toBeNull();
  });
});
