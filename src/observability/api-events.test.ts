import { Registry } from 'prom-client';
import { silentLogger } from '../domain/logger';
import { createApiEvents } from './api-events';

describe('API events', () => {
  it('count and time requests by operation', async () => {
    const registry = new Registry();
    const events = createApiEvents({ logger: silentLogger, registry });
    events.requestAnswered({ operation: 'postPush', status: 202, seconds: 0.02, requestId: 'r' });
    const text = await registry.metrics();
    expect(text).toContain('relay_api_requests_total{operation="postPush",status="202"} 1');
    expect(text).toContain('relay_api_request_duration_seconds_bucket{le="0.05",operation="postPush"} 1');
  });

  it('do not let a flood of strangers become a flood of lines', () => {
    let nowMs = 5000;
    const lines: object[] = [];
    const logger = { ...silentLogger, warn: (fields: object) => void lines.push(fields) };
    const events = createApiEvents({
      logger,
      registry: new Registry(),
      clock: { now: () => nowMs, monotonicMs: () => nowMs },
    });
    for (let index = 0; index < 100; index++)
      events.unauthenticated({ requestId: 'r', code: 'unauthenticated', address: undefined });
    expect(lines).toHaveLength(10);
    nowMs += 1000;
    events.unauthenticated({ requestId: 'r', code: 'unauthenticated', address: undefined });
    expect(lines.at(-1)).toMatchObject({ suppressed: 90 });
  });

  it('log who read content, and failures as errors, with the request id', () => {
    const lines: [string, object][] = [];
    const log = (level: string) => (fields: object) => void lines.push([level, fields]);
    const logger = { ...silentLogger, info: log('info'), warn: log('warn'), error: log('error') };
    const events = createApiEvents({ logger, registry: new Registry() });
    events.deadLetterBodiesRead({ requestId: 'r', letters: 3 });
    events.requestFailed({ operation: 'x', requestId: 'r', error: new Error('bug') });
    events.storeUnavailable({ operation: 'x', requestId: 'r', error: new Error('away') });
    events.unauthenticated({ requestId: 'r', code: 'unauthenticated', address: '192.0.2.1' });
    events.userErased({ requestId: 'r' });
    expect(lines.map(([level]) => level)).toEqual(['info', 'error', 'warn', 'info']);
    for (const [, fields] of lines) expect(fields).toMatchObject({ requestId: 'r' });
  });
});
