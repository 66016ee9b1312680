import { readQuery } from './query';

describe('readQuery', () => {
  it.each([
    ['/v1', {}],
    ['/v1?', {}],
    ['/v1?&&', {}],
    ['/v1?a=1&b=%2F', { a: '1', b: '/' }],
    ['/v1?a', { a: '' }],
    ['/v1?a=b=c', { a: 'b=c' }],
    ['/v1?a=x+y', { a: 'x y' }],
    ['/v1?a=1?b=2', { a: '1?b=2' }],
  ])('reads %s', (target, values) => {
    const query = readQuery(target);
    expect(query.kind === 'query' ? { ...query.values } : query).toEqual(values);
  });

  it.each(['/v1?a=1&a=2', '/v1?a=1&%61=2', '/v1?__proto__=1&__proto__=2'])(
    'refuses a name given twice: %s',
    (target) => {
      expect(readQuery(target)).toMatchObject({ code: 'invalid_request' });
    },
  );

  it.each(['/v1?a=%', '/v1?%ff=1', '/v1?a=%c3%28'])('refuses bad encoding: %s', (target) => {
    expect(readQuery(target)).toMatchObject({ code: 'malformed_path' });
  });

  it('is not misled by parameters named like its own fields', () => {
    expect(readQuery('/v1?kind=problem&code=internal')).toMatchObject({ kind: 'query' });
    const query = readQuery('/v1?__proto__=x');
    expect(query.kind === 'query' && Object.keys(query.values)).toEqual(['__proto__']);
  });
});
