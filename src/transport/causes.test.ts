import { describeError, describeGoaway, nameOfCode, oneLine } from './causes';

describe('causes', () => {
  it('explain what operators meet', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 1.2.3.4:443'), { code: 'ECONNREFUSED' });
    expect(describeError(refused)).toBe('connection refused (ECONNREFUSED)');
    const altname = Object.assign(new Error('Host: a is not in b'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(describeError(altname)).toBe('certificate is for another host (Host: a is not in b)');
  });

  it('keep what nobody foresaw', () => {
    expect(describeError(Object.assign(new Error('odd'), { code: 'EODD' }))).toBe('odd (EODD)');
    expect(describeError(new Error('odd'))).toBe('odd');
    expect(describeError('text')).toBe('text');
    expect(describeError(undefined)).toBe('undefined');
    expect(describeError({})).toBe('unknown error');
  });

  it('name codes', () => {
    expect([nameOfCode(0), nameOfCode(7), nameOfCode(13), nameOfCode(99)]).toEqual([
      'NO_ERROR',
      'REFUSED_STREAM',
      'HTTP_1_1_REQUIRED',
      'code 99',
    ]);
  });

  it('show what a peer wrote as one short printable line', () => {
    expect(describeGoaway(0, Buffer.from('{"reason":"Shutdown"}'))).toBe(
      'GOAWAY NO_ERROR: {"reason":"Shutdown"}',
    );
    expect(describeGoaway(11, undefined)).toBe('GOAWAY ENHANCE_YOUR_CALM');
    expect(describeGoaway(11, Buffer.from('a\r\n\u001b[31mb'))).toBe('GOAWAY ENHANCE_YOUR_CALM: a [31mb');
    expect(describeGoaway(0, Buffer.alloc(10_000, 'x')).length).toBeLessThanOrEqual(300);
    expect(oneLine('x'.repeat(1_000))).toHaveLength(300);
  });
});
