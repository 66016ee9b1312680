import { HeaderDecoder } from './header-decoder';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

function decode(decoder: HeaderDecoder, block: Buffer | string): string[] | string {
  const fields: string[] = [];
  const bytes = typeof block === 'string' ? hex(block) : block;
  const fault = decoder.decode(bytes, 0, bytes.length, {
    field: (name, value) => fields.push(`${name}: ${value}`),
  });
  return fault ?? fields;
}

const requests = [
  [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
  [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com', 'cache-control: no-cache'],
  [
    ':method: GET',
    ':scheme: https',
    ':path: /index.html',
    ':authority: www.example.com',
    'custom-key: custom-value',
  ],
];
const answers = [
  [
    ':status: 302',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:21 GMT',
    'location: https://www.example.com',
  ],
  [
    ':status: 307',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:21 GMT',
    'location: https://www.example.com',
  ],
  [
    ':status: 200',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:22 GMT',
    'location: https://www.example.com',
    'content-encoding: gzip',
    'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
  ],
];
/** The examples of the responses want a table of 256 bytes. */
const tableOf256 = '3fe101';

describe('a header decoder', () => {
  it.each([
    [
      'C.2.1',
      '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572',
      'custom-key: custom-header',
    ],
    ['C.2.2', '040c 2f73 616d 706c 652f 7061 7468', ':path: /sample/path'],
    ['C.2.3', '1008 7061 7373 776f 7264 0673 6563 7265 74', 'password: secret'],
    ['C.2.4', '82', ':method: GET'],
  ])('decodes the field of RFC 7541, %s', (_, block, field) => {
    expect(decode(new HeaderDecoder(), block)).toEqual([field]);
  });

  it.each([
    [
      'C.3, requests as they are',
      [
        '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '8286 84be 5808 6e6f 2d63 6163 6865',
        '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
      ],
      requests,
    ],
    [
      'C.4, requests in Huffman code',
      [
        '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
        '8286 84be 5886 a8eb 1064 9cbf',
        '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
      ],
      requests,
    ],
    [
      'C.5, answers as they are',
      [
        `${tableOf256} 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a
         3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
        '4803 3330 37c1 c0bf',
        `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970
         7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61
         6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`,
      ],
      answers,
    ],
    [
      'C.6, answers in Huffman code',
      [
        `${tableOf256} 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e
         919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
        '4883 640e ffc1 c0bf',
        `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2
         e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
      ],
      answers,
    ],
  ])('decodes the blocks of RFC 7541, %s', (_, blocks, expected) => {
    const decoder = new HeaderDecoder();
    expect(blocks.map((block) => decode(decoder, block))).toEqual(expected);
  });

  it('finds a name again by its bytes, and another of the same length, first and last byte too', () => {
    const decoder = new HeaderDecoder();
    const field = (name: string): Buffer =>
      Buffer.concat([Buffer.of(0, name.length), Buffer.from(name), Buffer.of(1), Buffer.from('v')]);
    for (const name of ['apns-id', 'apns-id', 'azns-id', 'apns-id', 'axxs-xd'])
      expect(decode(decoder, field(name))).toEqual([`${name}: v`]);
  });

  it('says whether a block would mean the same again', () => {
    const decoder = new HeaderDecoder();
    decode(decoder, '88 0003 6162 63 01 64');
    expect(decoder.repeatable).toBe(true);
    decode(decoder, '40 01 61 01 62');
    expect(decoder.repeatable).toBe(false);
    decode(decoder, 'be');
    expect(decoder.repeatable).toBe(false);
    decode(decoder, '20');
    expect(decoder.repeatable).toBe(false);
  });

  it.each([
    ['index 0', '80'],
    ['an index beyond the tables', 'be'],
    ['a name index beyond the tables', '7f00 0161'],
    ['a torn index', 'ff'],
    ['an index out of all proportion', 'ffffffffff0f'],
    ['an index with zeros without end', 'ff80808080808000'],
    ['a name without a value', '40 01 61'],
    ['a torn name', '40 05 61'],
    ['a torn value', '00 01 61 05 61'],
    ['no name at all', '40'],
    ['a length out of all proportion', '00 7fffffffff0f'],
    ['a table larger than allowed', '3fe2ff03'],
    ['a table size after a field', '88 20'],
    ['padding of more than 7 bits', '00 01 61 82 1fff'],
    ['padding that is not of ones', '00 01 61 81 18'],
    ['an end of string', '00 01 61 84 ffffffff'],
  ])('refuses %s', (_, block) => {
    expect(decode(new HeaderDecoder(), block)).toEqual(expect.any(String));
  });

  it('keeps the table of a peer that says nothing when it is forbidden, and never a larger one', () => {
    const decoder = new HeaderDecoder();
    decode(decoder, '40 01 61 01 62');
    decoder.forbidTable();
    expect(decode(decoder, 'be')).toEqual(['a: b']);
    expect(decode(decoder, '21')).toEqual(expect.any(String));
    expect(decode(decoder, '20 40 01 63 01 64')).toEqual(['c: d']);
    expect(decode(decoder, 'be')).toEqual(expect.any(String));
  });

  it('evicts what no longer fits, in the peer’s order', () => {
    const decoder = new HeaderDecoder();
    // 68 bytes: room for two entries of 34.
    decode(decoder, '3f25 40 01 61 01 62 40 01 63 01 64');
    expect(decode(decoder, 'be bf')).toEqual(['c: d', 'a: b']);
    expect(decode(decoder, '40 01 65 01 66 be bf')).toEqual(['e: f', 'e: f', 'c: d']);
    expect(decode(decoder, 'c0')).toEqual(expect.any(String));
  });

  it('stays bounded over many insertions', () => {
    const decoder = new HeaderDecoder();
    for (let i = 0; i < 100_000; i += 1) {
      const value = String(i % 1000).padStart(3, '0');
      const block = Buffer.concat([Buffer.of(0x40, 1, 0x61, 3), Buffer.from(value), Buffer.of(0xbe)]);
      if (i % 9973 === 0) expect(decode(decoder, block)).toEqual([`a: ${value}`, `a: ${value}`]);
      else decode(decoder, block);
    }
    // 4,096 bytes hold 113 entries of 36.
    expect(decode(decoder, Buffer.of(0xff, 61 + 113 - 127 - 1 + 1))).toHaveLength(1);
    expect(decode(decoder, Buffer.of(0xff, 61 + 113 - 127 + 1))).toEqual(expect.any(String));
  });
});
