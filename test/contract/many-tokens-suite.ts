import type { Clock } from '../../src/domain/clock';
import type { Delivery } from '../../src/domain/notification';
import type { Outcome } from '../../src/domain/outcome';
import { hang, reply, reset } from '../../src/sandbox/answer';
import type { FakeMaker } from '../../src/sandbox/makers/fake-maker';
import {
  deliveriesOf,
  notification,
  sendAll,
  type HarnessOptions,
  type ProviderHarness,
} from './provider-suite';

/** A maker before its fake, and what differs from maker to maker where a call takes many device tokens. */
export interface MakerHarness extends ProviderHarness {
  readonly maker: FakeMaker;
  /** The maker's answers to a whole call, and what becomes of each delivery: every row of its outcome table. */
  readonly rows: readonly MakerRow[];
  /** A part of the path of calls that push; absent: all calls do. The maker keeps the message of several devices first. */
  readonly pushPath?: string;
  /** Says that all device tokens of a call are invalid; null: the maker has no such answer. */
  readonly allInvalid: { readonly status: number; readonly reason: string } | null;
}

export interface MakerRow {
  readonly status: number;
  /** The maker's code; absent: an empty body. */
  readonly reason?: string;
  readonly outcome: Partial<Outcome>;
}

export type StartMaker = (options: HarnessOptions & { readonly clock?: Clock }) => Promise<MakerHarness>;

/**
 * Every maker whose API takes many device tokens per call passes this, besides `provider-suite.ts`. `credential`: whether it
 * expires and is renewed, or is sent as it is for ever.
 */
export function describeManyTokens(
  name: string,
  start: StartMaker,
  credential: 'renewed' | 'forever' = 'renewed',
): void {
  describe(`${name}, many device tokens per call`, () => {
    const harnesses: MakerHarness[] = [];
    const open: StartMaker = async (options) => {
      const harness = await start(options);
      harnesses.push(harness);
      return harness;
    };
    const send = (harness: MakerHarness, count: number, from = 0): Promise<Outcome[]> =>
      sendAll(harness.provider, deliveriesOf(harness, count, from));
    /** A message that is kept first takes a call more. */
    const callsOf = ({ pushPath }: MakerHarness, groups: number): number =>
      pushPath === undefined ? groups : groups * 2;
    const kindsOf = (outcomes: readonly Outcome[]) => {
      const counts: Record<string, number> = {};
      for (const { kind } of outcomes) counts[kind] = (counts[kind] ?? 0) + 1;
      return counts;
    };

    afterEach(async () => {
      for (const harness of harnesses.splice(0)) await harness.close();
    });

    it('sends 1,000 devices of which 7 are dead in as few calls as it can, and tells the 7', async () => {
      const harness = await open({});
      const dead = [0, 1, 99, 500, 501, 998, 999];
      for (const index of dead) harness.unregister(harness.token(index));
      const outcomes = await send(harness, 1000);
      const told = outcomes.flatMap(({ kind }, index) => (kind === 'unregistered' ? [index] : []));
      expect(told).toEqual(dead);
      expect(kindsOf(outcomes)).toEqual({ accepted: 993, unregistered: 7 });
      expect(harness.maker.counts.requests).toBe(callsOf(harness, Math.ceil(1000 / harness.provider.batch)));
      expect(harness.maker.accepted).toHaveLength(993);
    });

    it('makes calls of its batch and no more', async () => {
      const harness = await open({});
      const { batch } = harness.provider;
      expect(kindsOf(await send(harness, batch * 2 + 3))).toEqual({ accepted: batch * 2 + 3 });
      expect(harness.maker.counts.requests).toBe(callsOf(harness, 3));
    });

    it('settles each delivery of a call that is never answered, as ambiguous', async () => {
      const harness = await open({ timeoutMs: 1_500 });
      await send(harness, 1, 5000);
      const when = { path: harness.pushPath };
      harness.maker.script({ when, times: 1, answer: hang({ accepted: true }) });
      const outcomes = await send(harness, 20);
      expect(outcomes).toHaveLength(20);
      for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'unavailable', ambiguous: true });
      harness.maker.script({ when, times: 1, answer: reset(2, { accepted: true }) });
      for (const outcome of await send(harness, 20))
        expect(outcome).toMatchObject({ kind: 'unavailable', ambiguous: true });
    });

    it('reads each row of its outcome table, for all devices of the call alike', async () => {
      const harness = await open({});
      for (const { status, reason, outcome } of harness.rows) {
        // Twice, because a refused credential is renewed once.
        const when = { path: harness.pushPath };
        harness.maker.script({ when, times: 2, answer: reply(status, reason) });
        const [first, second] = await send(harness, 2);
        expect({ status, reason, first }).toMatchObject({ status, reason, first: outcome });
        expect(second).toEqual(first);
        harness.maker.clearScript();
      }
    });

    it.each([
      [
        'a page',
        reply(502, undefined, {
          body: '<html><title>Bad Gateway</title></html>',
          headers: { 'content-type': 'text/html' },
        }),
      ],
      ['other JSON', reply(200, undefined, { body: '{"hello":"world"}' })],
      ['JSON that is cut off', reply(200, undefined, { body: '{"code":"8' })],
      ['nothing', reply(200, undefined, { body: '' })],
      ['a redirection', reply(302, undefined, { body: '', headers: { location: 'https://example.com/' } })],
      ['an unknown code', reply(200, '99999999')],
      ['a code that is no code', reply(200, 'x'.repeat(10_000))],
      ['megabytes', reply(200, undefined, { body: 'x'.repeat(3_000_000) })],
    ])('tries again what is answered by %s, and forgets nothing', async (_, answer) => {
      const harness = await open({});
      await send(harness, 1, 5000);
      harness.maker.script({ answer });
      for (const outcome of await send(harness, 3)) expect(outcome.kind).toBe('unavailable');
      harness.maker.clearScript();
      expect(kindsOf(await send(harness, 3))).toEqual({ accepted: 3 });
    });

    it('reads its answer whatever content type it has', async () => {
      const harness = await open({});
      const { status, reason } = harness.tooMany;
      for (const type of ['text/html;charset=UTF-8', 'text/plain', 'application/octet-stream']) {
        const answer = reply(status, reason, { headers: { 'content-type': type } });
        harness.maker.script({ when: { path: harness.pushPath }, answer });
        expect(kindsOf(await send(harness, 2))).toEqual({ throttled: 2 });
        harness.maker.clearScript();
      }
    });

    it('names an unknown code in the reason', async () => {
      const harness = await open({});
      harness.maker.script({ when: { path: harness.pushPath }, answer: reply(200, '99999999') });
      for (const outcome of await send(harness, 3))
        expect(outcome).toMatchObject({ ambiguous: true, reason: expect.stringContaining('99999999') });
    });

    it('reports a wrong credential, and that of no other lane', async () => {
      const harness = await open({});
      harness.misconfigure();
      expect(kindsOf(await send(harness, 10))).toEqual({ misconfigured: 10 });
    });

    it('believes that all device tokens are invalid only while others are accepted', async () => {
      const clock = {
        aheadMs: 0,
        now: () => Date.now() + clock.aheadMs,
        monotonicMs: () => performance.now() + clock.aheadMs,
      };
      const harness = await open({ clock });
      if (harness.allInvalid === null) return;
      const { status, reason } = harness.allInvalid;
      const answer = reply(status, reason);
      harness.maker.script({ answer });

      // Of one, with nothing known of the credential: that device alone.
      expect(await send(harness, 1)).toMatchObject([{ kind: 'rejected', blame: 'topic' }]);
      // Of several: once more in halves, and then it is the app.
      const before = harness.maker.counts.requests;
      expect(kindsOf(await send(harness, 10))).toEqual({ misconfigured: 10 });
      expect(harness.maker.counts.requests - before).toBe(3);

      harness.maker.clearScript();
      expect(kindsOf(await send(harness, 2, 700))).toEqual({ accepted: 2 });
      harness.maker.script({ answer });
      expect(kindsOf(await send(harness, 10))).toEqual({ unregistered: 10 });
      expect(await send(harness, 1)).toMatchObject([{ kind: 'unregistered' }]);

      clock.aheadMs = 11 * 60_000;
      expect(kindsOf(await send(harness, 4))).toEqual({ misconfigured: 4 });
    });

    it('finds the dead half where one half is dead', async () => {
      const harness = await open({});
      if (harness.allInvalid === null) return;
      const { status, reason } = harness.allInvalid;
      harness.maker.script({ times: 1, answer: reply(status, reason) });
      for (const index of [4, 5, 6, 7]) harness.unregister(harness.token(index));
      const outcomes = await send(harness, 8);
      const halves = [outcomes.slice(0, 4), outcomes.slice(4)].map(kindsOf);
      expect(halves[0]).toEqual({ accepted: 4 });
      expect(['unregistered', 'misconfigured']).toContain(outcomes[4]?.kind);
    });

    if (credential === 'renewed')
      it('asks once for a credential that was refused, and repeats the whole call', async () => {
        const harness = await open({});
        await send(harness, 1, 5000);
        harness.expireCredential();
        expect(kindsOf(await send(harness, 500))).toEqual({ accepted: 500 });
        expect(harness.credentialsMade()).toBe(2);
        expect(harness.maker.counts.repeats).toBe(0);
      });

    it('renders once for all of a call', async () => {
      const harness = await open({});
      const deliveries: Delivery[] = deliveriesOf(harness, 50);
      await sendAll(harness.provider, deliveries, notification);
      const messages = new Set(harness.maker.accepted.map(({ message }) => JSON.stringify(message)));
      expect(messages.size).toBe(1);
    });
  });
}
