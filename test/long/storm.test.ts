import { reply } from '../../src/sandbox/answer';
import type { ApnsPush } from '../../src/sandbox/apns/fake-apns';
import { closeConnections, eventually, metric, postMessage, registerApns } from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';

/** What a phone gets of a storm, whichever relay holds it back and whichever sends its summary. */
describeOnEachStore(
  'a storm',
  (store) => {
    let fakes: Fakes;
    let relays: RelayProcess[];
    let dataDirs: string[];
    const start = (dataDir: string) => fakes.startRelay({ yaml: earlyStorms, env: store.env(), dataDir });

    beforeEach(async () => {
      fakes = await Fakes.start();
      // One process only on the embedded store.
      const count = 'REDIS_URL' in store.env() ? 2 : 1;
      dataDirs = await Promise.all(Array.from({ length: count }, () => temporaryDirectory()));
      relays = await Promise.all(dataDirs.map(start));
    });

    afterEach(async () => {
      closeConnections();
      for (const relay of relays) await relay.stop();
      await fakes[Symbol.asyncDispose]();
    });

    const url = (index: number): string => relays[index % relays.length]?.url ?? '';
    const heldBy = (relay: RelayProcess) => metric(relay.url, 'relay_recipients_total', { result: 'storm' });
    const heldByAll = async () => (await Promise.all(relays.map(heldBy))).reduce((sum, one) => sum + one, 0);
    let posted = 0;

    /** Whichever replica works on it: resolves once it is sent or held. */
    const post = async (channelId: string, messageSeq: number): Promise<void> => {
      posted += 1;
      const payload = { type: 1, content: `text ${messageSeq}` };
      await postMessage(url(posted), { to: ['stella'], channelId, channelType: 2, messageSeq, payload });
      await planned();
    };
    const planned = () =>
      eventually(heldByAll, (held) => held + fakes.sandbox.apns.accepted.filter(isPlain).length >= posted);

    /** Messages until every replica holds back what comes next: each has limits of its own. Returns the next `message_seq`. */
    const storm = async (channelId: string): Promise<number> => {
      let seq = 1;
      for (; (await Promise.all(relays.map(heldBy))).includes(0); seq += 1) await post(channelId, seq);
      return seq;
    };
    const arrived = async (): Promise<readonly ApnsPush[]> => {
      const { apns } = fakes.sandbox;
      await eventually(
        () => Promise.resolve(apns.accepted.reduce((sum, push) => sum + countOf(push), 0)),
        (sum) => sum >= posted,
      );
      return apns.accepted;
    };

    beforeEach(async () => {
      posted = 0;
      await registerApns(url(0), 'stella');
    });

    it('of one message beyond the limit ends with that message itself', async () => {
      for (let seq = 1; (await heldByAll()) === 0; seq += 1) await post('one', seq);
      const pushes = await arrived();
      const all = Array.from({ length: posted }, (_, index) => index + 1);
      expect(pushes.map(bodyOf).sort()).toEqual(all.map((seq) => `Someone: text ${seq}`).sort());
      expect(pushes.map(seqOf).sort()).toEqual(all);
      expect(new Set(pushes.map(({ headers }) => headers['apns-collapse-id'])).size).toBe(posted);
    });

    it('counts what all replicas held back, and opens the newest, under one id at every attempt', async () => {
      const { apns } = fakes.sandbox;
      const seq = await storm('many');
      const refused: string[] = [];
      apns.script(({ headers }) => {
        if (refused.length > 0) return null;
        refused.push(String(headers['apns-id']));
        return reply(503, 'Shutdown');
      });
      for (const offset of [2, 9, 4, 3, 7, 1, 6]) await post('many', seq + offset);
      const pushes = await arrived();
      expect(pushes.reduce((sum, push) => sum + countOf(push), 0)).toBe(posted);
      const newest = pushes.find((push) => seqOf(push) === seq + 9);
      expect(newest?.headers['apns-collapse-id']).toBe('storm:2:many');
      expect(pushes.filter(({ headers }) => headers['apns-id'] === refused[0])).toHaveLength(1);
    });

    it('is not forgotten by a restart', async () => {
      const seq = await storm('restart');
      for (const offset of [0, 1, 2]) await post('restart', seq + offset);
      for (const relay of relays) await relay.stop();
      relays = await Promise.all(dataDirs.slice(0, 1).map(start));
      const pushes = await arrived();
      expect(pushes.reduce((sum, push) => sum + countOf(push), 0)).toBe(posted);
      expect(pushes.map(seqOf)).toContain(seq + 2);
    });
  },
  ['embedded', 'redis'],
);

function bodyOf({ payload }: ApnsPush): string {
  return (payload as { aps: { alert: { body: string } } }).aps.alert.body;
}

function isPlain({ headers }: ApnsPush): boolean {
  return !String(headers['apns-collapse-id']).startsWith('storm:');
}

function countOf(push: ApnsPush): number {
  return isPlain(push) ? 1 : Number(/^\d+/.exec(bodyOf(push))?.[0]);
}

function seqOf({ payload }: ApnsPush): number {
  return (payload as { wukongim: { message_seq: number } }).wukongim.message_seq;
}

const earlyStorms = `
delivery:
  storm_conversation_per_minute: 1
  storm_summary_seconds: 5
  retry: { unavailable: { apns_floor_seconds: 0.2, base_seconds: 0.1 } }
`;
