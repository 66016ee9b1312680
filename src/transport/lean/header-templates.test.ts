import { parseOrigin } from '../origin';
import type { HttpRequest } from '../port';
import { HeaderDecoder } from './header-decoder';
import { HeaderTemplates } from './header-templates';

const origin = parseOrigin('https://push.example.com:2197/base');
const request = (path: string, headers: Record<string, string>, sensitive: string[] = []): HttpRequest => ({
  method: 'POST',
  path,
  headers,
  sensitive,
  body: '',
  timeoutMs: 1,
});

function fieldsOf(block: Buffer): [string, string][] {
  const fields: [string, string][] = [];
  const fault = new HeaderDecoder().decode(block, 0, block.length, {
    field: (name, value) => fields.push([name, value]),
  });
  expect(fault).toBeNull();
  return fields;
}

function expected({ method, path, headers }: HttpRequest): [string, string][] {
  return [
    [':method', method],
    [':scheme', 'https'],
    [':authority', 'push.example.com:2197'],
    [':path', `/base${path}`],
    ...Object.entries(headers),
  ];
}

describe('header templates', () => {
  it('encode every request as if it were the first, in whatever order shapes come', () => {
    const templates = new HeaderTemplates(origin);
    const values = ['', 'a', 'x'.repeat(23), 'y'.repeat(126), 'z'.repeat(127), 'w'.repeat(4000)];
    for (let i = 0; i < 2_000; i += 1) {
      const one = request(`/3/device/${String(i * 7919).padStart(8, '0')}${'f'.repeat(i % 3)}`, {
        authorization: `bearer ${values[i % values.length]}`,
        ...(i % 2 === 0 ? { 'apns-topic': `topic.${i % 5}` } : { 'x-other': values[(i * 31) % 5] as string }),
        'apns-id': String(i).padStart(36, '0'),
      });
      expect(fieldsOf(templates.for(one).block)).toEqual(expected(one));
    }
  });

  it('keep one block for requests of one shape', () => {
    const templates = new HeaderTemplates(origin);
    const first = templates.for(request('/a', { a: '1', b: '2' }));
    expect(templates.for(request('/b', { a: '3', b: '4' }))).toBe(first);
    expect(templates.for(request('/b', { b: '4', a: '3' }))).not.toBe(first);
    expect(templates.for(request('/b', { a: '3' }))).not.toBe(first);
    expect(templates.for(request('/b', { a: '3', b: '4', c: '5' }))).not.toBe(first);
    expect(templates.for({ ...request('/b', { a: '3', b: '4' }), method: 'GET' })).not.toBe(first);
    expect(templates.for(request('/b', { a: '3', b: '4' }, ['a']))).not.toBe(first);
  });

  it('mark what is sensitive as never to be indexed, wherever its name stands', () => {
    const { block } = new HeaderTemplates(origin).for(
      request('/p', { authorization: 's', 'apns-id': 't', other: 'u' }, [
        ':path',
        'authorization',
        'apns-id',
      ]),
    );
    const bytes = block.toString('latin1');
    expect(bytes).toContain('\x14\x07/base/p');
    expect(bytes).toContain('\x1f\x08\x01s');
    expect(bytes).toContain('\x10\x07apns-id\x01t');
    expect(bytes).toContain('\x00\x05other\x01u');
  });

  it('count the bytes as MAX_HEADER_LIST_SIZE does', () => {
    const { listBytes } = new HeaderTemplates(origin).for(request('/p', { a: 'bc' }));
    const counted = expected(request('/p', { a: 'bc' }))
      .map(([name, value]) => name.length + value.length + 32)
      .reduce((sum, one) => sum + one);
    expect(listBytes).toBeGreaterThanOrEqual(counted);
    expect(listBytes).toBeLessThan(counted + 10);
  });
});
