import { BodyBytes } from './body-bytes';
import { SpareBuffers } from './spare-buffers';

const text = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));

describe('BodyBytes', () => {
  it.each([1, 7, 1_023, 1_024, 1_025, 65_536, 299_999])('joins pieces of %i bytes', (size) => {
    const body = new BodyBytes();
    for (let at = 0; at < text.length; at += size) {
      body.append(text.subarray(at, at + size), false);
      expect(body.length).toBe(Math.min(at + size, text.length));
      expect(body.heldBytes).toBeLessThanOrEqual(2 * body.length + 2_048);
    }
    expect(body.take(new SpareBuffers()).equals(text)).toBe(true);
    expect([body.length, body.heldBytes]).toEqual([0, 0]);
  });

  it('keeps a piece that is the whole as it is', () => {
    const body = new BodyBytes();
    body.append(text, true);
    expect([body.length, body.heldBytes]).toEqual([text.length, text.length]);
    expect(body.take(new SpareBuffers())).toBe(text);
  });

  it('is empty without any', () => expect(new BodyBytes().take(new SpareBuffers())).toHaveLength(0));
});
