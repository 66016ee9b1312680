import { generateKeyPairSync } from 'node:crypto';
import { validateApnsCertificate, validateApnsKey, validateApnsPfx } from './credentials';

function pem(type: 'ec' | 'rsa', namedCurve = 'prime256v1'): string {
  const { privateKey } =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

describe('validateApnsKey', () => {
  it('takes a P-256 key', () => {
    expect(validateApnsKey(pem('ec'))).toEqual({ ok: true });
  });

  it.each([
    ['another curve', pem('ec', 'secp384r1'), /another kind \(ec\)/],
    ['an RSA key', pem('rsa'), /another kind \(rsa\)/],
    [
      'a certificate',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      /this is a certificate/,
    ],
    ['a broken key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', /cannot be read/],
    ['a file name', 'AuthKey_ABC.p8', /no PEM/],
    ['nothing', '', /no PEM/],
  ])('tells what is wrong with %s, and never its content', (_, text, problem) => {
    const check = validateApnsKey(text);
    expect(check).toMatchObject({ ok: false, problem: expect.stringMatching(problem) });
    expect(JSON.stringify(check)).not.toContain('AAAA');
  });
});

describe('validateApnsCertificate and validateApnsPfx', () => {
  it('tell what was expected', () => {
    expect(validateApnsCertificate('x', pem('ec'), undefined, 0)).toMatchObject({ ok: false });
    expect(validateApnsPfx(Buffer.from('not one'), '')).toEqual({
      ok: false,
      problem: 'expected a PKCS#12 file (.p12, .pfx)',
    });
  });
});
