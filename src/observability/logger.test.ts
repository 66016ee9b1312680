import { stripVTControlCharacters } from 'node:util';
import { createLogger } from './logger';

/** Takes any fields, as a mistake would write them. */
type AnyLines = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void> & {
  child(bindings: object): AnyLines;
};

function logged(write: (logger: AnyLines) => void, format: 'json' | 'text' = 'json'): string {
  let text = '';
  const logger = createLogger({ level: 'debug', format, destination: { write: (line) => (text += line) } });
  write(logger as unknown as AnyLines);
  return text;
}

const token = 'a'.repeat(56) + '12345678';

describe('createLogger', () => {
  it('writes one JSON object a line, with time and message and without host and pid', () => {
    const entry = JSON.parse(logged((logger) => logger.info({ port: 8080 }, 'listening')));
    expect(entry).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      port: 8080,
      msg: 'listening',
    });
  });

  it('writes nothing below its level', () => {
    let text = '';
    const logger = createLogger({ level: 'warn', destination: { write: (line) => (text += line) } });
    logger.info({ event: 'relay_stopped' }, 'quiet');
    expect(text).toBe('');
  });

  it('masks device tokens but for their end, and secrets altogether, also inside', () => {
    const text = logged((logger) =>
      logger.child({ app: 'default' }).warn(
        {
          token,
          device: { voipToken: token, x: { secret: 'hush' } },
          authorization: 'Bearer hush',
          jwt: null,
        },
        'odd',
      ),
    );
    expect(text).not.toContain(token);
    expect(text).not.toContain('hush');
    expect(JSON.parse(text)).toMatchObject({
      app: 'default',
      token: '…12345678',
      device: { voipToken: '…12345678', x: { secret: '********' } },
      jwt: null,
    });
  });

  it('tells of a store that is away at level debug only: the store itself has a line for it', () => {
    const away = Object.assign(new Error('Redis cannot be reached'), { name: 'StoreUnavailableError' });
    for (const level of ['warn', 'error'] as const)
      for (const logger of [(root: AnyLines) => root, (root: AnyLines) => root.child({})])
        for (const fields of [{ err: away }, { error: away }])
          expect(JSON.parse(logged((root) => logger(root)[level](fields, 'met it')))).toMatchObject({
            level: 'debug',
          });
    expect(JSON.parse(logged((logger) => logger.error({ err: new Error('x') }, 'a bug')))).toMatchObject({
      level: 'error',
    });
  });

  it.each([
    ['a text', (text: string) => ({ reason: text })],
    ['a text inside', (text: string) => ({ answer: { detail: text } })],
    ['an error', (text: string) => ({ err: new Error(text) })],
    ['a cause', (text: string) => ({ err: new Error('x', { cause: new Error(text) }) })],
    ['several errors', (text: string) => ({ err: new AggregateError([new Error(text)], text) })],
  ])('bounds what others wrote: %s', (_, fields) => {
    const line = logged((logger) => logger.warn(fields('\u0000\r\n\u001b[31m'.repeat(25_000)), 'odd'));
    expect(line.length).toBeLessThan(60_000);
    expect(line.trimEnd()).not.toContain('\n');
  });

  it('leaves the fields of its caller as they are', () => {
    const fields = { token, device: { token } };
    logged((logger) => logger.info(fields, 'kept'));
    logged((logger) => logger.child({ token }).info(fields, 'kept'));
    expect(fields).toEqual({ token, device: { token } });
    expect(logged((logger) => logger.child({ token }).info({}, 'bound'))).not.toContain(token);
  });

  it('writes an error with its code and its chain of causes, without secrets in their messages', () => {
    const root = Object.assign(new Error('connect ECONNREFUSED redis://me:hush@host:1'), {
      code: 'ECONNREFUSED',
    });
    const error = new Error(`POST /3/device/${token} failed with Bearer hush.hush`, {
      cause: new AggregateError([root], 'all failed'),
    });
    const text = logged((logger) => logger.error({ err: error }, 'failed'));
    expect(text).not.toContain('hush');
    expect(text).not.toContain(token);
    expect(JSON.parse(text).err).toMatchObject({
      type: 'Error',
      message: 'POST /3/device/…12345678 failed with Bearer ********',
      stack: expect.stringContaining('logger.test'),
      cause: {
        type: 'AggregateError',
        message: 'all failed',
        errors: [{ type: 'Error', code: 'ECONNREFUSED' }],
      },
    });
  });

  it.each([
    'redis://user:a/hush@host:1',
    'redis://user:a@hush@host:1',
    'redis://hush@host:1',
    'https://host/x?access_token=hush&a=1',
    'https://host/x?a=1&api_key=hush',
  ])('writes no secret of %s in an error', (url) => {
    expect(
      logged((logger) => logger.error({ err: new Error(`cannot reach ${url}`) }, 'failed')),
    ).not.toContain('hush');
  });

  it('survives errors that are their own cause', () => {
    const error = new Error('round');
    error.cause = error;
    expect(JSON.parse(logged((logger) => logger.error({ err: error }, 'failed'))).err.cause.message).toBe(
      'round',
    );
  });

  it('lets nothing that others wrote steer a terminal, or look like a line of its own', () => {
    const hostile = 'a\r\n\u001b[31mb\u0007\u007f\u009b32m\u202e\\u001b';
    const fields = { name: hostile, reason: hostile, inner: { a: hostile }, err: new Error(hostile) };
    const text = stripVTControlCharacters(logged((logger) => logger.warn({ name: 'a' }, 'x'), 'text'));
    expect(text).toMatch(/WARN \("a"\): x\n$/);
    const lines = logged((logger) => logger.warn(fields, 'odd'), 'text').split('\n');
    const escapes = lines.join('').match(/\u001b\[\d*m/g) ?? [];
    const plain = lines.map((line) => stripVTControlCharacters(line));
    expect(escapes.every((escape) => escape !== '\u001b[31m')).toBe(true);
    expect(plain.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(plain.filter((line) => /^\S/.test(line))).toHaveLength(1);
  });

  it('writes plain lines for a terminal', () => {
    const text = logged(
      (logger) => logger.error({ store: 'embedded', detail: 'a b', err: new Error('no') }, 'cannot'),
      'text',
    );
    expect(stripVTControlCharacters(text)).toMatch(
      /^\[\d\d:\d\d:\d\d\.\d{3}\] ERROR: cannot \{"store":"embedded","detail":"a b"\}\n +err: \{\n[^]*"message": "no",\n[^]*at /,
    );
  });
});
