import { reply } from '../../src/sandbox/answer';
import { apnsToken, closeConnections, postMessage, registerApns } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';

/** The steps that the log tells of one uid, in their order, with why. */
function stepsOf(relay: RelayProcess, uid: string): unknown[] {
  return relay.log.flatMap((line) => (line['uid'] === uid ? [[line['step'], line['reason']]] : []));
}

describe('the log at level debug', () => {
  let fakes: Fakes;
  let relay: RelayProcess;

  beforeAll(async () => {
    fakes = await Fakes.start();
    relay = await fakes.startRelay({ env: { LOG_LEVEL: 'debug' } });
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  const told = (uid: string, step: string) =>
    relay.logged((line) => line['uid'] === uid && line['step'] === step);

  it('tells what became of a message for each recipient', async () => {
    await registerApns(relay.url, 'carol');
    await postMessage(relay.url, { to: ['carol', 'dave'] });
    const answered = await told('carol', 'answered');
    expect(stepsOf(relay, 'carol')).toEqual([
      ['planned', null],
      ['answered', 'accepted'],
    ]);
    expect(stepsOf(relay, 'dave')).toEqual([['skipped', 'no_device']]);
    const received = relay.log.find((line) => line['step'] === 'received');
    expect(received).toMatchObject({ messageId: answered['messageId'], uid: null });
  });

  it('tells why a push waits, and why it is a dead letter', async () => {
    await registerApns(relay.url, 'erin');
    fakes.sandbox.apns.script({ times: 1, answer: reply(503, 'Shutdown') });
    await postMessage(relay.url, { to: ['erin'] });
    await told('erin', 'waiting');
    expect(stepsOf(relay, 'erin').slice(1)).toEqual([
      ['answered', 'unavailable: Shutdown'],
      ['waiting', 'Shutdown'],
    ]);
    await registerApns(relay.url, 'frank');
    // Of frank alone: the push to erin may be sent again meanwhile.
    const when = { token: apnsToken('frank/phone') };
    fakes.sandbox.apns.script({ when, times: 1, answer: reply(413, 'PayloadTooLarge') });
    await postMessage(relay.url, { to: ['frank'] });
    expect(await told('frank', 'dead')).toMatchObject({ deviceId: 'phone', reason: expect.any(String) });
  });

  it('names no device token and no text of a message', () => {
    const steps = JSON.stringify(relay.log.filter((line) => 'step' in line));
    expect(steps).not.toMatch(/[0-9a-f]{32}|hello/i);
  });
});
