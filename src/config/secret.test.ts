import { format, inspect } from 'node:util';
import { maskUrl, Secret } from './secret';

describe('Secret', () => {
  it('shows a mask in every way of printing it, and the value on demand alone', () => {
    const secret = new Secret('hush');
    expect(
      [
        String(secret),
        JSON.stringify({ secret }),
        inspect({ secret }),
        format('%s %o', secret, secret),
      ].join(),
    ).not.toContain('hush');
    expect(Object.keys(secret)).toEqual([]);
    expect(secret.reveal()).toBe('hush');
  });
});

describe('maskUrl', () => {
  it.each([
    ['redis://user:pass@host:6379/2', 'redis://********@host:6379/2'],
    ['redis://:pass@host', 'redis://********@host'],
    ['redis://token@host', 'redis://********@host'],
    ['redis://host:6379/0', 'redis://host:6379/0'],
    ['redis://[::1]:6379/0', 'redis://[::1]:6379/0'],
    ['redis://host/0?password=pass', 'redis://host/0'],
    ['redis://host?password=pass', 'redis://host'],
    ['http://user:pass@proxy:3128', 'http://********@proxy:3128'],
    ['https://host/a-secret/path#part', 'https://host/…'],
    ['redis://user:pa/ss@host', 'redis://********'],
    ['redis://user:pa#ss@host', 'redis://********'],
    ['redis://user:pa?ss@host', 'redis://********'],
    ['redis://user:p@ss@host', 'redis://********@host'],
    ['redis://user:p@ss@host/x@y', 'redis://********'],
    ['redis://host/0\npass', 'redis://host/…'],
    ['pass', '********'],
  ])('shows %s as %s', (url, shown) => {
    expect(maskUrl(url)).toBe(shown);
  });
});
