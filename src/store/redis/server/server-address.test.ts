import { StoreConfigurationError } from '../../ports/errors';
import { accessOptions, parseServerUrl } from './server-address';

describe('server addresses', () => {
  it('reads host, port, database, user and password', () => {
    expect(parseServerUrl('rediss://us%40er:p%3Aw@cache.example:6380/2')).toEqual({
      host: 'cache.example',
      port: 6380,
      db: 2,
      username: 'us@er',
      password: 'p:w',
      tls: true,
    });
  });

  it('fills in what is not said', () => {
    expect(parseServerUrl('redis://cache')).toMatchObject({ port: 6379, db: 0, username: null, tls: false });
    expect(parseServerUrl('redis://sentinel', 26379).port).toBe(26379);
    expect(parseServerUrl('redis://[::1]:7000').host).toBe('::1');
    expect(parseServerUrl('redis://:secret@cache').password).toBe('secret');
  });

  it.each(['', 'cache:6379', 'http://user:hush@cache', 'redis://cache/db'])(
    'refuses %p, and repeats no secret',
    (url) => {
      expect(() => parseServerUrl(url)).toThrow(StoreConfigurationError);
      expect(() => parseServerUrl(url)).not.toThrow(/hush/);
    },
  );

  it('asks for TLS only where the URL does', () => {
    expect(accessOptions(parseServerUrl('redis://cache'))).toEqual({});
    expect(accessOptions(parseServerUrl('rediss://cache'))).toEqual({ tls: {} });
  });
});
