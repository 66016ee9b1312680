import { BodyBytes } from './body-bytes';

const text = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));

describe('BodyBytes', () => {
  it.each([1, 7, 1_023, 1_024, 1_025, 65_536, 299_999])('joins pieces of %i bytes', (size) => {
    const body = new BodyBytes();
    const wrong: unknown[] = [];
    for (let at = 0; at < text.length; at += size) {
      body.append(text.subarray(at, at + size));
      const { length, heldBytes } = body;
      if (length !== Math.min(at + size, text.length) || heldBytes > 2 * length + 2_048)
        wrong.push({ at, length, heldBytes });
    }
    expect(wrong).toEqual([]);
    expect(body.take().equals(text)).toBe(true);
    expect([body.length, body.heldBytes]).toEqual([0, 0]);
  });

  it('is empty without any', () => expect(new BodyBytes().take()).toHaveLength(0));
});
