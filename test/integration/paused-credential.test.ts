import { rm } from 'node:fs/promises';
import { hang, reply } from '../../src/sandbox/answer';
import { closeConnections, eventually, postMessage, registerApns } from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import { temporaryDirectory } from '../helpers/relay-process';

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
      await relay.logged(({ msg }) => /the credential is accepted again/.test(String(msg)));
      await apns.waitForAccepted(1);
      await relay.stop();
      await rm(dataDir, { recursive: true, force: true });
    });
  },
  ['embedded', 'redis'],
);
