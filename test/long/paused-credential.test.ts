import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hang, reply } from '../../src/sandbox/answer';
import {
  api,
  apnsToken,
  closeConnections,
  eventually,
  metric,
  postMessage,
  registerApns,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import { temporaryDirectory } from '../helpers/relay-process';
import { runCommand } from '../helpers/run-command';

describeOnEachStore(
  'a paused credential',
  (store) => {
    afterAll(closeConnections);

    it('is probed with another message where a relay that was killed still has the parked one', async () => {
      await using fakes = await Fakes.start();
      const dataDir = await temporaryDirectory();
      // So long that nothing here can wait for it: a relay that starts probes immediately.
      const yaml = 'delivery: { probe_interval_seconds: 3600 }';
      const start = () => fakes.startRelay({ dataDir, env: store.env(), yaml });
      const killed = await start();
      await registerApns(killed.url, 'ann');
      const { apns } = fakes.sandbox;
      const refusal = apns.script({ times: 1, answer: reply(403, 'InvalidProviderToken') });
      const silence = apns.script({ answer: hang() });
      await postMessage(killed.url, { to: ['ann'] });
      // The probe is on its way, and has no answer.
      await eventually(
        () => Promise.resolve([refusal.hits, silence.hits]),
        ([refusals, silences]) => refusals === 1 && silences === 1,
      );
      killed.signal('SIGKILL');
      await killed.exit();
      apns.reset();
      await using relay = await start();
      await postMessage(relay.url, { to: ['ann'] });
      await relay.logged(({ event }) => event === 'credential_resumed');
      await apns.waitForAccepted(1);
      await relay.stop();
      await rm(dataDir, { recursive: true, force: true });
    });

    it.each([
      ['is parked', reply(403, 'InvalidProviderToken'), 'relay_parked'],
      ['waits for its next attempt', reply(503, 'Shutdown'), 'relay_retries_pending'],
    ])(
      'lets a push that %s reach the token that its device has by then, once',
      async (_, refusal, waiting) => {
        await using fakes = await Fakes.start();
        const { apns } = fakes.sandbox;
        await using relay = await fakes.startRelay({
          env: { ...store.env(), REDIS_PREFIX: `${waiting}:` },
          yaml: `
delivery:
  probe_interval_seconds: 1
  retry: { unavailable: { apns_floor_seconds: 1, base_seconds: 0.1 } }
`,
        });
        const [old, anew] = [apnsToken('zoe/old'), apnsToken('zoe/new')];
        await registerApns(relay.url, 'zoe', 'phone', old);
        const refusals = apns.script({ when: { token: old }, answer: refusal });
        await postMessage(relay.url, { to: ['zoe'] });
        await eventually(
          async () => [refusals.hits > 0, await metric(relay.url, waiting)],
          ([isRefused, count]) => isRefused === true && count === 1,
        );
        expect((await registerApns(relay.url, 'zoe', 'phone', anew)).status).toBe(200);
        await apns.waitForAccepted(1);
        await eventually(
          () => metric(relay.url, waiting),
          (count) => count === 0,
        );
        await postMessage(relay.url, { to: ['zoe'] });
        const pushes = await apns.waitForAccepted(2);
        expect(pushes.map(({ token }) => token)).toEqual([anew, anew]);
        expect(new Set(pushes.map(({ headers }) => headers['apns-id'])).size).toBe(2);
      },
    );

    it.each([
      ['credential is refused', { code: '80300002' }],
      ['quota of the day is used up', { code: '200001' }],
    ])(
      'reaches a device that has moved to another provider while the %s of the one before, and leaves the others waiting',
      async (_, { code }) => {
        await using fakes = await Fakes.start();
        const { fcm, huawei, xiaomi } = fakes.sandbox;
        const isRefused = code === '80300002';
        const [provider, maker] = isRefused ? (['huawei', huawei] as const) : (['xiaomi', xiaomi] as const);
        await using relay = await fakes.startRelay({
          env: { ...store.env(), REDIS_PREFIX: `moved-${code}:` },
          yaml: JSON.stringify({
            apps: { default: makersOf(fakes) },
            // Longer than any wait for midnight in Shanghai.
            delivery: { probe_interval_seconds: 3600, max_age: '2d' },
          }),
        });
        maker.script({ answer: reply(200, code) });
        const name = isRefused ? 'relay_parked' : 'relay_retries_pending';
        const path = (uid: string) => `/users/${uid}/devices/phone`;
        // The first to be refused is what the credential is probed with.
        for (const [index, uid] of ['first', 'put', 'patched'].entries()) {
          const device = { provider, token: `token-of-${uid}` };
          expect((await api(relay.url, 'PUT', path(uid), device)).status).toBe(201);
          await postMessage(relay.url, { to: [uid] });
          await eventually(
            () => metric(relay.url, name),
            (count) => count === index + 1,
          );
        }
        const moved = (uid: string) => ({ provider: 'fcm', token: `fcm-token-of-${uid}` });
        const patch = { ...moved('patched'), ...(isRefused ? {} : { region: null }) };
        expect((await api(relay.url, 'PUT', path('put'), moved('put'))).status).toBe(200);
        expect((await api(relay.url, 'PATCH', path('patched'), patch)).status).toBe(200);
        const pushes = await fcm.waitForAccepted(2);
        expect(pushes.map(({ token }) => token).sort()).toEqual(['fcm-token-of-patched', 'fcm-token-of-put']);
        await eventually(
          () => metric(relay.url, name),
          (count) => count === 1,
        );
      },
    );

    it.each([
      ['credential is refused', '80300002', 'relay_parked'],
      ['quota of the day is used up', '200001', 'relay_retries_pending'],
    ])(
      'reaches a device that moves while its push is at the provider before, whose answer is that the %s',
      async (_, code, waiting) => {
        await using fakes = await Fakes.start();
        const { fcm, huawei, xiaomi } = fakes.sandbox;
        const [provider, maker] =
          code === '80300002' ? (['huawei', huawei] as const) : (['xiaomi', xiaomi] as const);
        await using relay = await fakes.startRelay({
          env: { ...store.env(), REDIS_PREFIX: `moves-${code}:` },
          yaml: JSON.stringify({
            apps: { default: makersOf(fakes) },
            delivery: { probe_interval_seconds: 3600 },
          }),
        });
        const path = '/users/zoe/devices/phone';
        const device = { provider, token: 'token-of-zoe' };
        expect((await api(relay.url, 'PUT', path, device)).status).toBe(201);
        // Time enough to register again before the answer.
        maker.latencyMs = 3_000;
        const refusal = maker.script({ answer: reply(200, code) });
        await postMessage(relay.url, { to: ['zoe'] });
        await eventually(
          () => Promise.resolve(refusal.hits),
          (hits) => hits === 1,
        );
        const moved = { provider: 'fcm', token: 'fcm-token-of-zoe' };
        expect((await api(relay.url, 'PUT', path, moved)).status).toBe(200);
        const [push] = await fcm.waitForAccepted(1);
        expect(push?.token).toBe('fcm-token-of-zoe');
        await eventually(
          () => metric(relay.url, waiting),
          (count) => count === 0,
        );
      },
    );

    it('rings for a call by another channel of Xiaomi, though the quota of messages is used up', async () => {
      await using fakes = await Fakes.start();
      const makers = makersOf(fakes) as { xiaomi: object };
      const xiaomi = { ...makers.xiaomi, channel_id: '1', call_channel_id: '2' };
      await using relay = await fakes.startRelay({
        env: { ...store.env(), REDIS_PREFIX: 'channels:' },
        yaml: JSON.stringify({ apps: { default: { xiaomi } } }),
      });
      fakes.sandbox.xiaomi.script(({ body }) =>
        body.includes('extra.channel_id=1') ? reply(200, '200001') : null,
      );
      const device = { provider: 'xiaomi', token: 'token-of-zoe' };
      expect((await api(relay.url, 'PUT', '/users/zoe/devices/phone', device)).status).toBe(201);
      await postMessage(relay.url, { to: ['zoe'] });
      await eventually(
        () => metric(relay.url, 'relay_retries_pending'),
        (count) => count === 1,
      );
      const call = { call_id: 'call-1', uids: ['zoe'], from_uid: 'alice', type: 'invite' };
      expect((await api(relay.url, 'POST', '/calls', call)).status).toBe(202);
      const [push] = await fakes.sandbox.xiaomi.waitForAccepted(1);
      expect(push?.message['extra.channel_id']).toBe('2');
    });

    it('leaves nothing waiting for a device that an import has moved to another provider', async () => {
      await using fakes = await Fakes.start();
      const dataDir = await temporaryDirectory();
      const env = { ...store.env(), REDIS_PREFIX: 'imported:' };
      const yaml = JSON.stringify({ apps: { default: makersOf(fakes) } });
      const start = () => fakes.startRelay({ dataDir, env, yaml });
      let relay = await start();
      fakes.sandbox.xiaomi.script({ answer: reply(200, '200001') });
      const uids = ['stays', 'imported'];
      for (const uid of uids) {
        const device = { provider: 'xiaomi', token: `token-of-${uid}` };
        expect((await api(relay.url, 'PUT', `/users/${uid}/devices/phone`, device)).status).toBe(201);
        await postMessage(relay.url, { to: [uid] });
      }
      const waiting = () => metric(relay.url, 'relay_retries_pending');
      await eventually(waiting, (count) => count === uids.length);
      // One process only on the embedded store.
      if (!('REDIS_URL' in env)) await relay.stop();
      const moved = {
        uid: 'imported',
        device_id: 'phone',
        app: 'default',
        provider: 'fcm',
        token: 'fcm-token',
      };
      const lines = [
        { format: 'wukongim-push-relay/devices', version: 1 },
        { ...moved, registered_at: new Date().toISOString() },
        { end: true, count: 1 },
      ];
      const file = join(dataDir, 'devices.ndjson');
      await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      const imported = await runCommand(['devices', 'import', '--file', file], {
        env: { ...fakes.env, ...env, DATA_DIR: dataDir },
      });
      expect(imported).toMatchObject({ code: 0, stdout: expect.stringContaining('1 replaced') });
      if (!('REDIS_URL' in env)) relay = await start();
      const [push] = await fakes.sandbox.fcm.waitForAccepted(1);
      expect(push?.token).toBe('fcm-token');
      await eventually(waiting, (count) => count === 1);
      await relay.stop();
      await rm(dataDir, { recursive: true, force: true });
    });
  },
  ['embedded', 'redis'],
);

function makersOf({ sandbox }: Fakes): object {
  const { huawei, xiaomi } = sandbox.credentials;
  const { url } = sandbox.huawei;
  return {
    huawei: { app_id: huawei.appId, app_secret: huawei.appSecret, category: 'none', url, auth_url: url },
    xiaomi: { app_secret: xiaomi.appSecret, package_name: xiaomi.packageName, url: sandbox.xiaomi.url },
  };
}
