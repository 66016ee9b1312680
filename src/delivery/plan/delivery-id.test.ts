import { createHash } from 'node:crypto';
import { deliveryId } from './delivery-id';

describe('deliveryId', () => {
  const id = deliveryId('default', '2124457484096540672', 'carol', 'phone-1', 'alert');

  it('is a UUID of version 5 and variant 10', () => {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('is what RFC 9562 says of the namespace and the joined name', () => {
    const namespace = Buffer.from('af8e2594353455b5a9fda8e9a7c5da88', 'hex');
    const name = '7:default19:21244574840965406725:carol7:phone-1alert';
    const digest = createHash('sha1').update(namespace).update(name).digest().subarray(0, 16);
    digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6);
    digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
    expect(id.replaceAll('-', '')).toBe(digest.toString('hex'));
  });

  it('never changes between releases', () => {
    expect(id).toBe('191f44ab-0d29-50fb-848a-7c96614991a6');
  });

  it('differs by every field', () => {
    const ids = [
      id,
      deliveryId('other', '2124457484096540672', 'carol', 'phone-1', 'alert'),
      deliveryId('default', '2124457484096540673', 'carol', 'phone-1', 'alert'),
      deliveryId('default', '2124457484096540672', 'dave', 'phone-1', 'alert'),
      deliveryId('default', '2124457484096540672', 'carol', 'phone-2', 'alert'),
      deliveryId('default', '2124457484096540672', 'carol', 'phone-1', 'voip'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('tells fields apart whatever they hold', () => {
    expect(deliveryId('a', 'b', 'c:d', 'e', 'alert')).not.toBe(deliveryId('a', 'b', 'c', 'd:e', 'alert'));
    expect(deliveryId('a', 'b', 'c\0', 'd', 'alert')).not.toBe(deliveryId('a', 'b', 'c', '\0d', 'alert'));
    expect(deliveryId('a', '1', '1:1:', '', 'alert')).not.toBe(deliveryId('a', '1', '1', ':1:', 'alert'));
  });

  it('takes uids of any script', () => {
    const ids = new Set(
      ['用户', '用户2', '👨‍👩‍👧‍👦', '', 'x'.repeat(256)].map((uid) => deliveryId('a', 'm', uid, 'd', 'alert')),
    );
    expect(ids.size).toBe(5);
  });
});
