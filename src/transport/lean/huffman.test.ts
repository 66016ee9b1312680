import { decodeHuffman } from './huffman';

function decode(bytes: Buffer): Buffer | null {
  const target = Buffer.alloc(Math.ceil((bytes.length * 8) / 5));
  const length = decodeHuffman(bytes, 0, bytes.length, target);
  return length < 0 ? null : target.subarray(0, length);
}

/** The bits, then ones to the end of the byte. */
function padded(bits: string): Buffer {
  const whole = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  return Buffer.from((whole.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

describe('the Huffman code of HPACK', () => {
  it.each([
    [0, 0x1ff8, 13],
    [10, 0x3ffffffc, 30],
    [13, 0x3ffffffd, 30],
    [22, 0x3ffffffe, 30],
    [32, 0x14, 6],
    [48, 0x0, 5],
    [88, 0xfc, 8],
    [92, 0x7fff0, 19],
    [97, 0x3, 5],
    [127, 0xffffffc, 28],
    [128, 0xfffe6, 20],
    [195, 0x7fff1, 19],
    [208, 0x7fff2, 19],
    [249, 0xffffffe, 28],
    [255, 0x3ffffee, 26],
  ])('gives symbol %i the code that RFC 7541, appendix B, gives it', (symbol, code, bits) => {
    const one = code.toString(2).padStart(bits, '0');
    expect(decode(padded(one))).toEqual(Buffer.of(symbol));
    expect(decode(padded(one.repeat(3)))).toEqual(Buffer.of(symbol, symbol, symbol));
  });

  it('takes nothing for nothing', () => {
    expect(decode(Buffer.alloc(0))).toEqual(Buffer.alloc(0));
  });

  it('refuses an end of string, a whole byte of padding, and padding that is not of ones', () => {
    expect(decode(padded('1'.repeat(30)))).toBeNull();
    expect(decode(Buffer.of(0xff))).toBeNull();
    expect(decode(Buffer.of(0x00))).toBeNull();
    expect(decode(padded('00000'))).toEqual(Buffer.from('0'));
  });

  it('decodes the longest expansion in place', () => {
    expect(decode(Buffer.alloc(1000))).toEqual(Buffer.from('0'.repeat(1600)));
  });
});
