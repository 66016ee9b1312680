import { basicAuthorization, bodySignature } from './request-headers';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

it.each([
  ['http://host/', null],
  ['http://relay:p%40ss@host/', basic('relay:p@ss')],
  ['http://relay@host/', basic('relay:')],
  ['http://:secret@host/', basic(':secret')],
  // No UTF-8: as it stands, because a start must not fail for it.
  ['http://relay:%ff@host/', basic('relay:%ff')],
])('names the user of %s', (url, expected) => expect(basicAuthorization(new URL(url))).toBe(expected));

it('signs as RFC 2104 has it', () => {
  const known = 'sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8';
  const text = 'The quick brown fox jumps over the lazy dog';
  expect(bodySignature('key', text)).toBe(known);
  expect(bodySignature('key', Buffer.from(text))).toBe(known);
});
