import { createDecipheriv, createECDH, hkdfSync } from 'node:crypto';
import { encrypt, mostPlainBytes } from './encryption';

const bytes = (text: string) => Buffer.from(text, 'base64url');

/** https://www.rfc-editor.org/rfc/rfc8291#appendix-A */
const example = {
  plain: Buffer.from('When I grow up, I want to be a watermelon'),
  publicKey: bytes('BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4'),
  auth: bytes('BTBZMqHH6r4Tts7J_aSIgg'),
  secrets: {
    privateKey: bytes('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'),
    salt: bytes('DGv6ra1nlYgDCS1FRnbzlw'),
  },
  body:
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_' +
    'yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
};

/** As a browser does it, by HKDF itself. */
function decrypt(body: Buffer, browser: ReturnType<typeof createECDH>, auth: Buffer): string {
  const [salt, server] = [body.subarray(0, 16), body.subarray(21, 86)];
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), server]);
  const derive = (key: Buffer, by: Buffer, what: Buffer, length: number) =>
    Buffer.from(hkdfSync('sha256', key, by, what, length));
  const material = derive(browser.computeSecret(server), auth, info, 32);
  const key = derive(material, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = derive(material, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(body.subarray(-16));
  const padded = Buffer.concat([decipher.update(body.subarray(86, -16)), decipher.final()]);
  expect(padded.at(-1)).toBe(2);
  return padded.subarray(0, -1).toString();
}

describe('the encryption of Web Push', () => {
  it('gives the bytes of the example in RFC 8291', () => {
    const { plain, publicKey, auth, secrets, body } = example;
    expect(encrypt(plain, { publicKey, auth }, secrets)?.toString('base64url')).toBe(body);
  });

  it('is read by whoever has the private key, and takes other secrets for each message', () => {
    const browser = createECDH('prime256v1');
    const recipient = { publicKey: browser.generateKeys(), auth: bytes('BTBZMqHH6r4Tts7J_aSIgg') };
    const texts = ['', '你好 👋', 'x'.repeat(mostPlainBytes)];
    for (const text of texts) {
      const body = encrypt(Buffer.from(text), recipient) as Buffer;
      expect(decrypt(body, browser, recipient.auth)).toBe(text);
      expect(body.length).toBeLessThanOrEqual(4096);
    }
    const [first, second] = texts.map(() => encrypt(Buffer.from('same'), recipient)?.subarray(0, 86));
    expect(first?.equals(second as Buffer)).toBe(false);
  });

  it('encrypts nothing for a key that is no point of the curve', () => {
    const { plain, auth } = example;
    const publicKey = Buffer.from(example.publicKey);
    publicKey[64] = (publicKey[64] as number) ^ 1;
    expect(encrypt(plain, { publicKey, auth })).toBeNull();
  });
});
