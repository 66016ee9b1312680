import { createCipheriv, createECDH, createHmac, randomBytes } from 'node:crypto';

/** What a message is encrypted for: the keys of one subscription. */
export interface Recipient {
  /** Uncompressed point of P-256, 65 bytes. */
  readonly publicKey: Buffer;
  /** 16 bytes. */
  readonly auth: Buffer;
}

/** Fresh ones for each message; given in tests that compare with the RFC's example. */
export interface MessageSecrets {
  readonly privateKey: Buffer;
  readonly salt: Buffer;
}

const saltBytes = 16;
const publicKeyBytes = 65;
const recordBytes = 4096;
const tagBytes = 16;
/** Salt, record size, length of the key, key. */
const headerBytes = saltBytes + 4 + 1 + publicKeyBytes;

/** What fits into one record of 4,096 bytes, which is all that a push service has to take (RFC 8030 §7.2). */
export const mostPlainBytes = recordBytes - headerBytes - 1 - tagBytes;

const keyInfo = Buffer.from('WebPush: info\0');
const contentKeyInfo = Buffer.from('Content-Encoding: aes128gcm\0\u0001');
const nonceInfo = Buffer.from('Content-Encoding: nonce\0\u0001');
const one = Buffer.from([1]);
/** Ends the last record. */
const lastDelimiter = Buffer.from([2]);

/**
 * Encrypts one message for one subscription, as `aes128gcm` in one record: https://www.rfc-editor.org/rfc/rfc8291#section-3.4,
 * https://www.rfc-editor.org/rfc/rfc8188#section-2. Null where the subscription's key is no point of the curve. At most
 * {@link mostPlainBytes}.
 */
export function encrypt(
  plain: Buffer,
  { publicKey, auth }: Recipient,
  given?: MessageSecrets,
): Buffer | null {
  const ephemeral = createECDH('prime256v1');
  if (given === undefined) ephemeral.generateKeys();
  else ephemeral.setPrivateKey(given.privateKey);
  const ownKey = ephemeral.getPublicKey();
  let shared: Buffer;
  try {
    shared = ephemeral.computeSecret(publicKey);
  } catch {
    return null;
  }
  const salt = given?.salt ?? randomBytes(saltBytes);
  const keyMaterial = hmac(hmac(auth, shared), keyInfo, publicKey, ownKey, one);
  const pseudoRandomKey = hmac(salt, keyMaterial);
  const contentKey = hmac(pseudoRandomKey, contentKeyInfo).subarray(0, 16);
  const nonce = hmac(pseudoRandomKey, nonceInfo).subarray(0, 12);
  const cipher = createCipheriv('aes-128-gcm', contentKey, nonce);
  const record = [cipher.update(plain), cipher.update(lastDelimiter), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat([headerOf(salt, ownKey), ...record]);
}

function headerOf(salt: Buffer, publicKey: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes);
  salt.copy(header, 0);
  header.writeUInt32BE(recordBytes, saltBytes);
  header.writeUInt8(publicKeyBytes, saltBytes + 4);
  publicKey.copy(header, saltBytes + 5);
  return header;
}

function hmac(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  const digest = createHmac('sha256', key);
  for (const part of parts) digest.update(part);
  return digest.digest();
}
