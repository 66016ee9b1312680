import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { closeConnections } from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { apiKey, Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';
import { isAtLeast } from '../helpers/log-level';

interface Wanted {
  readonly method: string;
  readonly path: string;
  readonly type?: string;
  readonly body?: string | Buffer;
}

const json = 'application/json';
const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;

/** Of a path segment; percent-encoded already. */
const segments: readonly string[] = [
  'a'.repeat(256),
  'a'.repeat(257),
  'a'.repeat(12_000),
  '%E4%BD%A0'.repeat(86),
  '%00',
  'a%00b',
  '%0d%0aset-cookie:%20x',
  '%2e%2e',
  '..',
  '%2F%2F',
  '%',
  '%zz',
  '%c3%28',
  '%ed%a0%80',
  '%f0%9f%92%a9',
  '%7B%7D',
  '__proto__',
  'constructor',
  '-1',
  '1e309',
  '*',
  ';',
  '?',
  '#',
];

const bodies: readonly (readonly [string, string | Buffer])[] = [
  [json, ''],
  [json, 'null'],
  [json, '[]'],
  [json, '{}'],
  [json, '0'],
  [json, '"text"'],
  [json, '{'],
  [json, deep],
  [json, `{"uids":${deep},"notification":${deep}}`],
  [json, '{"provider":"fcm","provider":"apns","token":"aabbccdd"}'],
  [json, '{"provider":"fcm","token":"a\\u0000b"}'],
  [json, '{"provider":"apns","token":"aabbccdd","locale":"\\ud800"}'],
  [json, '{"__proto__":{"provider":"fcm"},"constructor":{"prototype":{}}}'],
  [json, '{"name":"\\u202e\\u0000","avatar_url":"javascript:alert(1)"}'],
  [json, '{"name":1e999}'],
  [json, '{"uids":["\\u0000"],"notification":{"title":"\\u0000"}}'],
  [json, '{"ids":["../../x","\\u0000",""],"max_message_age_seconds":-1e308}'],
  [json, Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
  [json, `{"name":"${'x'.repeat(2_000_000)}"}`],
  ['application/json; charset=utf-16', '{}'],
  ['text/plain', '{}'],
  ['multipart/form-data; boundary=x', '--x--'],
  ['application/x-www-form-urlencoded', 'a=b'],
  ['application/json;;;="', '{}'],
];

const queries: readonly string[] = [
  '?limit=0',
  '?limit=1e9',
  '?limit=1&limit=2',
  '?cursor=%00',
  `?cursor=${'A'.repeat(1024)}`,
  '?cursor=e30',
  '?cursor=bnVsbA',
  '?cursor=0',
  '?before=0000-00-00',
  '?before=%2B275760-09-13T00:00:00Z',
  '?all=maybe',
  '?include=body&include=body',
  '?__proto__[x]=1',
  '?%',
  '?=&&&=',
];

const methods: readonly string[] = ['HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'PATCH', 'PUT', 'POST', 'DELETE'];

/** Whatever arrives, the answer comes, is none of ours to be sorry for, and is a problem where it is an error. */
describeOnEachStore(
  'hostile requests',
  (store) => {
    let fakes: Fakes;
    let relay: RelayProcess;
    let paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;

    beforeAll(async () => {
      fakes = await Fakes.start();
      relay = await fakes.startRelay({ env: store.env() });
      const { body } = await ask({ method: 'GET', path: '/openapi.json' });
      ({ paths } = JSON.parse(body) as { paths: typeof paths });
    });

    afterAll(async () => {
      closeConnections();
      await relay[Symbol.asyncDispose]();
      await fakes[Symbol.asyncDispose]();
    });

    async function ask(wanted: Wanted): Promise<{ status: number; type: string; body: string }> {
      const { method, path, type, body } = wanted;
      const { port } = new URL(relay.url);
      const headers = {
        authorization: `Bearer ${apiKey}`,
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      };
      const asked = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
      asked.setTimeout(30_000, () => asked.destroy(new Error('no answer')));
      const answered = once(asked, 'response') as Promise<[IncomingMessage]>;
      // An answer may come before the whole of a large body is taken.
      asked.on('error', () => {});
      asked.end(body);
      const [response] = await answered;
      const contentType = response.headers['content-type'] ?? '';
      return { status: response.statusCode ?? 0, type: contentType, body: await text(response) };
    }

    /** Those whose answer is not as it should be, for a message that says which. */
    async function faults(requests: readonly Wanted[]): Promise<string[]> {
      expect(requests.length).toBeGreaterThan(100);
      const found: string[] = [];
      for (const wanted of requests) {
        const name = `${wanted.method} ${wanted.path.slice(0, 80)} ${String(wanted.body ?? '').slice(0, 40)}`;
        try {
          const { status, type, body } = await ask(wanted);
          const isProblem = type.startsWith('application/problem+json');
          const isBare = wanted.method === 'HEAD' || wanted.method === 'OPTIONS';
          if (status >= 500 || (status >= 400 && (!isProblem || (body === '' && !isBare))))
            found.push(`${name}: ${status} ${type} ${body.slice(0, 200)}`);
        } catch (error) {
          found.push(`${name}: ${String(error)}`);
        }
      }
      return found;
    }

    const filled = (path: string, segment: string): string => path.replaceAll(/\{\w+\}/g, segment);
    const operations = (): Wanted[] =>
      Object.entries(paths).flatMap(([path, those]) =>
        Object.keys(those).map((method) => ({ method: method.toUpperCase(), path })),
      );

    it('with path segments', async () => {
      const withParameters = operations().filter(({ path }) => path.includes('{'));
      const requests = withParameters.flatMap(({ method, path }) =>
        segments.map((segment) => ({ method, path: filled(path, segment), type: json, body: '{}' })),
      );
      expect(await faults(requests)).toEqual([]);
    });

    it('with bodies', async () => {
      const takers = operations().filter(({ method }) => method !== 'GET');
      const requests = takers.flatMap(({ method, path }) =>
        bodies.map(([type, body]) => ({ method, path: filled(path, '1'), type, body })),
      );
      expect(await faults(requests)).toEqual([]);
    });

    it('with queries', async () => {
      const requests = operations().flatMap(({ method, path }) =>
        queries.map((query) => ({ method, path: `${filled(path, '1')}${query}`, type: json, body: '{}' })),
      );
      expect(await faults(requests)).toEqual([]);
    });

    it('with methods', async () => {
      const requests = [...Object.keys(paths), '/', '//', '/v1', '/v1/', '/v1/nothing'].flatMap((path) =>
        methods.map((method) => ({ method, path: filled(path, '1') })),
      );
      expect(await faults(requests)).toEqual([]);
    });

    it('and goes on serving', async () => {
      expect((await ask({ method: 'GET', path: '/readyz' })).status).toBe(200);
      expect(relay.log.filter(({ level }) => isAtLeast(level, 'error'))).toEqual([]);
    });
  },
  ['embedded', 'redis'],
);
