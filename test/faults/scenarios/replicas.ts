import { pause } from '../play';
import type { Scenario } from '../scenario';
import { SingleRedis } from './single-redis';

/** As test/faults/stage.ts configures it. */
const claimMs = 5_000;

/** One of two replicas dies; the other one finishes what it held. */
export const killedReplica: Scenario<SingleRedis> = {
  name: 'kill -9 of a replica',
  replicas: 2,
  openStore: () => SingleRedis.open(),
  async run(stage) {
    const brokeAtMs = Date.now();
    const { open, answered } = await stage.replica(0).kill();
    stage.load.direct(0, null);
    const owed = stage.owed();
    await stage.tally.all(owed);
    const finishedAfterMs = Date.now() - brokeAtMs;
    if (finishedAfterMs > claimMs + slackMs)
      stage.late.push(`what it held was finished after ${Math.round(finishedAfterMs)} ms`);
    await stage.start(0);
    return {
      bound: { repeats: open + answered, lapsed: 0, because: `it had ${open} open and ${answered} answered` },
      brokeAtMs,
      silentSlot: 0,
      notes: `the other one had finished after ${(finishedAfterMs / 1000).toFixed(1)} s`,
    };
  },
};

/** One of two replicas stands still for longer than its claims hold, and then goes on where it stood. */
export const frozenReplica: Scenario<SingleRedis> = {
  name: 'SIGSTOP of a replica past the claim time, SIGCONT',
  replicas: 2,
  openStore: () => SingleRedis.open(),
  async run(stage) {
    const replica = stage.replica(0);
    const brokeAtMs = Date.now();
    const { open, answered } = await replica.freeze();
    stage.load.direct(0, null);
    await pause(claimMs * 2);
    replica.thaw();
    await pause(1_000);
    stage.load.direct(0, replica.url);
    return {
      bound: { repeats: open + answered, because: `it had ${open} open and ${answered} answered` },
      brokeAtMs,
      silentSlot: 0,
    };
  },
};

/** As a deployment does it: one replica after the other, each new one up before the next one goes. */
export const rollingRestart: Scenario<SingleRedis> = {
  name: 'rolling restart of two replicas',
  replicas: 2,
  openStore: () => SingleRedis.open(),
  async run(stage) {
    const brokeAtMs = Date.now();
    for (const [slot, replica] of stage.replicas.entries()) {
      const code = await replica.stop();
      if (code !== 0) stage.failures.push(`replica ${slot} stopped with ${code}`);
      await stage.start(slot);
      await pause(1_000);
    }
    return {
      bound: { repeats: 0, because: 'stopping finishes what is in flight' },
      brokeAtMs,
      notes: `${stage.load.cut} sendings cut or refused, sent to the other`,
    };
  },
  limits: { slowestMs: 1_000 },
};

/** Noticing that a claim has run out, and working it off. */
const slackMs = 4_000;
