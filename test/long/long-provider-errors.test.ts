import { reply } from '../../src/sandbox/answer';
import {
  api,
  apnsToken,
  closeConnections,
  eventually,
  postMessage,
  registerApns,
  registerFcm,
  send,
} from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';

const long = 'x\u0000\r\n\u202e<b>'.repeat(12_500);
const json = { 'content-type': 'application/json; charset=UTF-8' };
const page = { 'content-type': 'text/html' };
const fcmError = (status: string) => JSON.stringify({ error: { code: 500, status, message: long } });

interface Check {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
}

/** A provider writes 100,000 characters into its answer: what is shown of them is short, in our words first. */
describe('long error texts of providers', () => {
  let fakes: Fakes;
  let relay: RelayProcess;
  beforeEach(async () => {
    fakes = await Fakes.start();
    relay = await fakes.startRelay({ env: { LOG_LEVEL: 'debug' } });
    await registerApns(relay.url, 'carol');
    await registerFcm(relay.url, 'carol');
  });
  afterEach(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  async function readyz(): Promise<{ readonly bytes: number; readonly checks: readonly Check[] }> {
    const { text } = await send(relay.url, { method: 'GET', path: '/readyz' });
    return { bytes: text.length, checks: (JSON.parse(text) as { checks: Check[] }).checks };
  }

  function isTidy(text: string): void {
    expect(text.length).toBeLessThan(600);
    expect(text).not.toMatch(/[\u0000-\u001f\u202e]/);
  }

  it.each([
    [
      'a page of a proxy',
      reply(502, undefined, { headers: page, body: `<title>${long}</title>` }),
      reply(502, undefined, { headers: page, body: `<title>${long}</title>` }),
    ],
    ['text without a form', reply(503, undefined, { body: long }), reply(503, undefined, { body: long })],
    [
      'an error in their own form',
      reply(500, long),
      reply(500, undefined, { headers: json, body: fcmError('INTERNAL') }),
    ],
  ])('are cut in readiness: %s', async (_, ofApns, ofFcm) => {
    fakes.sandbox.apns.script({ when: { token: apnsToken('carol/phone') }, answer: ofApns });
    fakes.sandbox.fcm.script({ when: { token: 'fcm-carol-android' }, answer: ofFcm });
    await postMessage(relay.url, { to: ['carol'] });
    for (const name of ['apns/production/default', 'fcm/production/default']) {
      const { checks } = await eventually(readyz, (ready) =>
        ready.checks.some((check) => check.name === name && check.status === 'degraded'),
      );
      const detail = checks.find((check) => check.name === name)?.detail ?? '';
      expect(detail).toMatch(/^[A-Za-z]+ [a-z ]+/);
      isTidy(detail);
    }
    expect((await readyz()).bytes).toBeLessThan(5_000);
  });

  it('are cut in readiness where the token endpoint writes them', async () => {
    fakes.sandbox.fcm.scriptOAuth({
      answer: reply(400, undefined, {
        headers: json,
        body: JSON.stringify({ error: long, error_description: long }),
      }),
    });
    await postMessage(relay.url, { to: ['carol'] });
    const { bytes, checks } = await eventually(readyz, (ready) =>
      ready.checks.some(({ name, status }) => name === 'fcm/production/default' && status === 'degraded'),
    );
    expect(bytes).toBeLessThan(5_000);
    for (const { detail } of checks) isTidy(detail);
  });

  it('are cut in dead letters, in devices and in the log', async () => {
    fakes.sandbox.apns.script({
      when: { token: apnsToken('carol/phone') },
      answer: reply(400, undefined, { headers: json, body: JSON.stringify({ reason: long }) }),
    });
    fakes.sandbox.fcm.script({
      when: { token: 'fcm-carol-android' },
      answer: reply(400, undefined, { headers: json, body: fcmError('INVALID_ARGUMENT') }),
    });
    await postMessage(relay.url, { to: ['carol'] });
    const { body } = await eventually(
      () => api(relay.url, 'GET', '/dead-letters'),
      ({ body: list }) => (list as { items: unknown[] }).items.length === 2,
    );
    const { items } = body as { items: { readonly reason: string; readonly detail: string | null }[] };
    for (const { reason, detail } of items) isTidy(`${reason} ${detail ?? ''}`);
    expect(JSON.stringify(items).length).toBeLessThan(3_000);
    const devices = await api(relay.url, 'GET', '/users/carol/devices');
    expect(JSON.stringify(devices.body).length).toBeLessThan(4_000);
    const test = await api(relay.url, 'POST', '/users/carol/test-push');
    expect(JSON.stringify(test.body).length).toBeLessThan(2_000);
    for (const line of relay.log) expect(JSON.stringify(line).length).toBeLessThan(4_000);
  });
});
