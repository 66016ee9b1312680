import { reply } from '../../src/sandbox/answer';
import { api, apnsToken, eventually, postMessage, registerApns } from './client';
import type { Fakes } from './fakes';
import type { RelayProcess } from './relay-process';

/** Gives the user an iPhone whose device token APNs calls dead at the first message. Resolves when the relay has forgotten it. */
export async function forgetDevice(fakes: Fakes, relay: RelayProcess, uid: string): Promise<void> {
  await registerApns(relay.url, uid);
  fakes.sandbox.apns.script({
    when: { token: apnsToken(`${uid}/phone`) },
    times: 1,
    answer: reply(410, 'Unregistered'),
  });
  await postMessage(relay.url, { to: [uid] });
  await eventually(
    () => api(relay.url, 'GET', `/users/${uid}/devices`),
    ({ body }) => body.items.length === 0,
  );
}
