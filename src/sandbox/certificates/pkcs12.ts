import { createHash, createHmac, createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { explicit, integer, nothing, octets, oid, sequence, set } from './der';

const data = '1.2.840.113549.1.7.1';
const shroudedKeyBag = '1.2.840.113549.1.12.10.1.2';
const certificateBag = '1.2.840.113549.1.12.10.1.3';
const x509Certificate = '1.2.840.113549.1.9.22.1';
const localKeyId = '1.2.840.113549.1.9.21';
const sha256 = '2.16.840.1.101.3.4.2.1';
const macRounds = 2048;

/**
 * A PKCS#12 file (RFC 7292) of one key and its certificates, leaf first: AES-256 for the key, HMAC-SHA-256 over all.
 * OpenSSL 3, and so Node, reads it with no legacy provider.
 */
export function toPkcs12(keyPem: string, certificatePems: readonly string[], passphrase: string): Buffer {
  const key = createPrivateKey(keyPem).export({
    type: 'pkcs8',
    format: 'der',
    cipher: 'aes-256-cbc',
    passphrase,
  });
  const bagId = set(sequence(oid(localKeyId), set(octets(Buffer.from([1])))));
  const keyBag = sequence(oid(shroudedKeyBag), explicit(0, key), bagId);
  const certificateBags = certificatePems.map((pem, index) => {
    const certificate = explicit(0, octets(new X509Certificate(pem).raw));
    const bag = explicit(0, sequence(oid(x509Certificate), certificate));
    return index === 0 ? sequence(oid(certificateBag), bag, bagId) : sequence(oid(certificateBag), bag);
  });
  const safes = sequence(contentInfo(sequence(...certificateBags)), contentInfo(sequence(keyBag)));
  const salt = randomBytes(16);
  const mac = createHmac('sha256', macKey(passphrase, salt)).update(safes).digest();
  const digestInfo = sequence(sequence(oid(sha256), nothing()), octets(mac));
  return sequence(integer(3), contentInfo(safes), sequence(digestInfo, octets(salt), integer(macRounds)));
}

function contentInfo(content: Buffer): Buffer {
  return sequence(oid(data), explicit(0, octets(content)));
}

/** RFC 7292 appendix B.2 with ID 3 (MAC) and SHA-256, whose 32 bytes are exactly the key. */
function macKey(passphrase: string, salt: Buffer): Buffer {
  const block = 64;
  const password = Buffer.from(`${passphrase}\0`, 'utf16le').swap16();
  let digest: Buffer = Buffer.concat([
    Buffer.alloc(block, 3),
    repeated(salt, block),
    repeated(password, block),
  ]);
  for (let round = 0; round < macRounds; round += 1) digest = createHash('sha256').update(digest).digest();
  return digest;
}

function repeated(bytes: Buffer, block: number): Buffer {
  return Buffer.alloc(Math.ceil(bytes.length / block) * block, bytes);
}
