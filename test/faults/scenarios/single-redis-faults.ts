import { api, metric } from '../../helpers/client';
import { pause } from '../play';
import type { Bound, Scenario } from '../scenario';
import type { Stage } from '../stage';
import { SingleRedis } from './single-redis';

/**
 * What the relays have begun and could not write down as done by the time the store answers again: whoever claims those
 * entries then sends them again. Asked for right before the store comes back.
 */
export async function unsettled(stage: Stage): Promise<Bound> {
  const { open, answered } = await stage.reports();
  return {
    repeats: open + answered,
    because: `begun and not written down as done when the store came back: ${open} open, ${answered} answered`,
  };
}

/** SIGTERM, and started again after four seconds; the append-only file as Redis has it by default. */
export const restartedRedis: Scenario<SingleRedis> = {
  name: 'Redis restart (SIGTERM, away for 4 s)',
  replicas: 2,
  openStore: () => SingleRedis.open(),
  async run(stage, { server }) {
    const brokeAtMs = Date.now();
    process.kill(server.pid, 'SIGTERM');
    await pause(4_000);
    const bound = await unsettled(stage);
    const mendedAtMs = Date.now();
    await server.restart();
    return { bound, brokeAtMs, mendedAtMs };
  },
  limits: { slowestMs: 1_000, p99Ms: 50 },
};

/** SIGKILL; nothing that was answered is lost, because with `always` the file is flushed before the answer. */
export const killedRedis: Scenario<SingleRedis> = {
  name: 'Redis kill -9 (appendfsync always, away for 4 s)',
  replicas: 2,
  isLong: true,
  openStore: () => SingleRedis.open(['--appendfsync', 'always']),
  async run(stage, { server }) {
    const brokeAtMs = Date.now();
    await server.kill();
    await pause(4_000);
    const bound = await unsettled(stage);
    const mendedAtMs = Date.now();
    await server.restart();
    return { bound, brokeAtMs, mendedAtMs };
  },
  limits: { slowestMs: 1_000, p99Ms: 50 },
};

/** Its connections stay open and nothing is answered: the worst way to be away. */
export const frozenRedis: Scenario<SingleRedis> = {
  name: 'Redis SIGSTOP for 10 s',
  replicas: 2,
  openStore: () => SingleRedis.open(),
  async run(stage, { server }) {
    const brokeAtMs = Date.now();
    server.freeze();
    await pause(1_000);
    await expectProblem(stage);
    await pause(Math.max(0, brokeAtMs + frozenMs - Date.now()));
    const bound = await unsettled(stage);
    const mendedAtMs = Date.now();
    server.thaw();
    return { bound, brokeAtMs, mendedAtMs };
  },
  limits: { slowestMs: 1_000, p99Ms: 50 },
};

const frozenMs = 10_000;

/**
 * While Redis does not answer, one of two replicas dies and is started again on its directory: its journal is all that
 * has what it answered 200, and it begins with Redis still away.
 */
export const killedJournal: Scenario<SingleRedis> = {
  name: 'kill -9 of a replica while Redis is away',
  replicas: 2,
  openStore: () => SingleRedis.open(),
  async run(stage, { server }) {
    const brokeAtMs = Date.now();
    server.freeze();
    await pause(2_500);
    const killed = await stage.replica(0).kill();
    stage.load.direct(0, null);
    await stage.start(0);
    await pause(2_000);
    const waiting = await metric(stage.replica(0).url, 'relay_journal_depth');
    if (waiting === 0) stage.failures.push('the journal of the killed replica is empty after its restart');
    const { open, answered } = await stage.reports();
    const mendedAtMs = Date.now();
    server.thaw();
    return {
      bound: {
        repeats: killed.open + killed.answered + open + answered,
        because: `begun and not written down as done: ${killed.open} open and ${killed.answered} answered at the kill, ${open} open and ${answered} answered when Redis came back`,
      },
      brokeAtMs,
      mendedAtMs,
      notes: `${waiting} entries waited in the journal of the killed one; ${stage.load.cut} sendings cut or refused, sent to the other`,
    };
  },
  limits: { slowestMs: 1_000, p99Ms: 50 },
};

/** The REST API does not wait for a store that says nothing. */
async function expectProblem(stage: Stage): Promise<void> {
  const startedAt = performance.now();
  const { status, headers, body } = await api(stage.replica(0).url, 'GET', '/users/u0/devices');
  const tookMs = performance.now() - startedAt;
  const type = String(headers['content-type']);
  if (status !== 503 || !type.startsWith('application/problem+json') || typeof body.code !== 'string')
    stage.failures.push(
      `the REST API answers ${status} ${type} ${JSON.stringify(body)} while Redis is frozen`,
    );
  if (tookMs > apiMs) stage.late.push(`the REST API took ${Math.round(tookMs)} ms to say 503`);
}

const apiMs = 6_000;
