import { foreignOrigin, foreignSign, isLocalAuthority } from './local-caller';

const local = [
  'localhost',
  'LocalHost:8080',
  'localhost.',
  'relay.localhost',
  'a.b.localhost.:1',
  '127.0.0.1',
  '127.0.0.1:65535',
  '127.255.255.254',
  '127.1',
  '127.0.0.1.',
  '0x7f.1',
  '2130706433',
  '0177.0.0.1',
  '[::1]',
  '[::1]:8080',
  '[0:0:0:0:0:0:0:1]',
  '[::0001]',
  '[::ffff:127.0.0.1]',
  '[::FFFF:7F00:1]:80',
];

const foreign = [
  '',
  'evil.example',
  'evil.example:8080',
  'localhost.evil.example',
  'evil-localhost',
  'localhostx',
  '.localhost',
  '127.0.0.1.evil.example',
  '128.0.0.1',
  '12.7.0.0.1',
  '10.0.0.1',
  '0.0.0.0',
  '[::]',
  '[::2]',
  '[::ffff:10.0.0.1]',
  '[::ffff:128.0.0.1]',
  '[::1',
  '::1',
  '[::1]evil.example',
  '[::1%25lo]',
  'localhost:99999',
  'localhost:',
  'localhost:x',
  'localhost@evil.example',
  'evil.example@localhost',
  'localhost/evil.example',
  'evil.example#localhost',
  'evil.example\\localhost',
  'local%68ost',
  'localhost evil.example',
  'localhost,evil.example',
  'localhost, localhost',
];

describe('isLocalAuthority', () => {
  it.each(local)('%s is', (text) => expect(isLocalAuthority(text)).toBe(true));
  it.each(foreign)('"%s" is not', (text) => expect(isLocalAuthority(text)).toBe(false));
});

describe('foreignSign', () => {
  const sign = (url: string, ...rawHeaders: string[]) => foreignSign({ url, rawHeaders })?.header ?? null;

  it.each(local)('none for Host and Origin %s', (name) => {
    expect(sign('/', 'HOST', name, 'Origin', `http://${name}`)).toBeNull();
    expect(sign(`http://${name}/webhook`, 'host', 'localhost')).toBeNull();
  });

  it.each(foreign)('for Host, Origin or authority "%s"', (name) => {
    expect(sign('/', 'Host', name)).toBe('host');
    expect(sign('/', 'Host', 'localhost', 'oRIGIN', `http://${name}`)).toBe('origin');
    if (!name.startsWith('localhost/'))
      expect(sign(`http://${name}/webhook`, 'Host', 'localhost')).toBe('host');
  });

  it.each([
    'null',
    'file://',
    'chrome-extension://abc',
    'http://localhost/x',
    'localhost',
    'ftp://localhost',
  ])('for the Origin %s', (origin) =>
    expect(sign('/', 'Host', 'localhost', 'Origin', origin)).toBe('origin'),
  );

  it('for no Host, two of them, and two Origins', () => {
    expect(sign('/')).toBe('host');
    expect(sign('/', 'Host', 'localhost', 'Host', 'localhost')).toBe('host');
    expect(sign('/', 'Host', 'localhost', 'host', 'evil.example')).toBe('host');
    expect(sign('/', 'Host', 'localhost', 'Origin', 'http://localhost', 'Origin', 'http://e.example')).toBe(
      'origin',
    );
  });

  it('shows of what strangers write only the beginning', () => {
    expect(foreignSign({ url: '/', rawHeaders: ['Host', 'x'.repeat(10_000)] })?.value).toHaveLength(100);
  });
});

describe('foreignOrigin', () => {
  it('leaves the Host alone', () => {
    expect(foreignOrigin({ url: '/', rawHeaders: ['Host', 'relay.example'] })).toBeNull();
    expect(foreignOrigin({ url: '/', rawHeaders: ['Origin', 'https://e.example'] })?.header).toBe('origin');
  });
});
