import { createDecipheriv, hkdfSync } from 'node:crypto';
import type { Subscriber } from './subscriptions';

const headerBytes = 86;
const tagBytes = 16;
const lastRecord = 2;

/** As a browser does it: https://www.rfc-editor.org/rfc/rfc8291#section-3.4. Null for what it would throw away. */
export function decrypt(body: Buffer, { browser, auth }: Subscriber): string | null {
  if (body.length < headerBytes + 1 + tagBytes || body.readUInt8(20) !== 65) return null;
  const recordBytes = body.readUInt32BE(16);
  const record = body.subarray(headerBytes);
  if (recordBytes < 18 || record.length > recordBytes) return null;
  const [salt, server] = [body.subarray(0, 16), body.subarray(21, headerBytes)];
  const derive = (key: Buffer, by: Buffer, info: Buffer, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', key, by, info, length));
  try {
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), server]);
    const material = derive(browser.computeSecret(server), auth, info, 32);
    const key = derive(material, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
    const nonce = derive(material, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
    const decipher = createDecipheriv('aes-128-gcm', key, nonce);
    decipher.setAuthTag(record.subarray(-tagBytes));
    const padded = Buffer.concat([decipher.update(record.subarray(0, -tagBytes)), decipher.final()]);
    const end = padded.findLastIndex((byte) => byte !== 0);
    return padded[end] === lastRecord ? padded.toString('utf8', 0, end) : null;
  } catch {
    return null;
  }
}
