import { api, closeConnections, postMessage, registerApns } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { reply } from '../../src/sandbox/answer';

describe('a relay that sends through the SDKs', () => {
  let fakes: Fakes;

  beforeAll(async () => {
    fakes = await Fakes.start();
  });

  afterAll(async () => {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
  });

  it('brings a message to both vendors, again after an answer that asks for it', async () => {
    await using relay = await fakes.startRelay({
      yaml: [
        'providers: { client: sdk }',
        'delivery: { retry: { unavailable: { apns_floor_seconds: 1, base_seconds: 1 } } }',
      ].join('\n'),
    });
    await registerApns(relay.url, 'ann');
    const device = { provider: 'fcm', token: 'c1:APA91b-ann', platform: 'android' };
    expect((await api(relay.url, 'PUT', '/users/ann/devices/pixel', device)).status).toBe(201);
    fakes.sandbox.apns.script({ times: 1, answer: reply(503, 'ServiceUnavailable') });
    const arrived = Promise.all([
      new Promise((resolve) => fakes.sandbox.apns.onAccepted(resolve)),
      new Promise((resolve) => fakes.sandbox.fcm.onAccepted(resolve)),
    ]);
    await postMessage(relay.url, { to: ['ann'] });
    await arrived;
    expect(fakes.sandbox.apns.counts).toMatchObject({ accepted: 1, rejected: { ServiceUnavailable: 1 } });
    expect(fakes.sandbox.fcm.counts).toMatchObject({ accepted: 1 });
  });

  it('ends with exit code 2 where an SDK cannot reach the configured URL', async () => {
    const env = { APNS_URL: `${fakes.sandbox.apns.url}/behind/a/path` };
    await expect(fakes.startRelay({ yaml: 'providers: { client: sdk }', env })).rejects.toThrow(
      /ended with 2: .*apps\.default\.apns: @parse\/node-apn reaches only https:\/\/ URLs without a path/,
    );
  });
});
