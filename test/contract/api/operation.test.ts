import type { ReadinessReport } from '../../../src/api/services';
import { startTestApi } from './harness';
import { openTestStore } from './test-store';

describe('what watches the relay', () => {
  const start = async (report: ReadinessReport, more = {}) =>
    startTestApi(await openTestStore(), { services: { readiness: () => Promise.resolve(report) }, ...more });
  const checks = [
    { name: 'apns/production/default', status: 'degraded', detail: 'paused: InvalidProviderToken' },
  ] as const;

  it('needs no key, and bears parameters of its own', async () => {
    const api = await start({ status: 'ready', checks: [] });
    for (const path of ['/healthz', '/readyz?x=1&x=2', '/metrics?collect[]=a', '/openapi.json']) {
      expect((await api.call('GET', path, { headers: { authorization: '' } })).status).toBe(200);
    }
  });

  it.each([
    ['ready', 200],
    ['degraded', 200],
    ['unavailable', 503],
  ] as const)('answers readiness %s with %i', async (status, expected) => {
    const api = await start({ status, checks });
    const reply = await api.call('GET', '/readyz');
    expect(reply).toMatchObject({ status: expected, body: { status, checks } });
  });

  it('lives whatever readiness says', async () => {
    const api = await start({ status: 'unavailable', checks });
    expect(await api.call('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('serves metrics as Prometheus reads them', async () => {
    const api = await start({ status: 'ready', checks });
    const { headers, text } = await api.call('GET', '/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toContain('# TYPE relay_api_requests_total counter');
  });

  it('moves metrics and readiness to the admin port, not health', async () => {
    const api = await start({ status: 'ready', checks }, { options: { adminElsewhere: true } });
    expect((await api.call('GET', '/metrics')).status).toBe(404);
    expect((await api.call('GET', '/readyz')).status).toBe(404);
    expect((await api.call('GET', '/healthz')).status).toBe(200);
    expect(Object.keys((await api.call('GET', '/openapi.json')).body.paths ?? {})).not.toContain('/metrics');
    const admin = await start({ status: 'degraded', checks }, { admin: true });
    for (const path of ['/metrics', '/readyz', '/healthz'])
      expect((await admin.call('GET', path)).status).toBe(200);
    expect((await admin.call('GET', '/v1/users/a/devices')).status).toBe(401);
    expect((await admin.call('GET', '/openapi.json')).status).toBe(404);
  });
});
