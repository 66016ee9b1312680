import { eventually } from '../../helpers/client';
import { pause } from '../play';
import type { Scenario } from '../scenario';
import { SingleRedis } from './single-redis';

const blackMs = 6_000;
/** What APNs still owes a second before the end is waited for so long. */
const unaffectedMs = 1_000;
/** Against hanging, also on a machine that is short of processor. */
const patienceMs = 60_000;

/** FCM swallows every packet for some seconds; APNs must not notice. */
export const blackhole: Scenario<SingleRedis> = {
  name: `provider blackhole (FCM, ${blackMs / 1000} s)`,
  replicas: 2,
  openStore: () => SingleRedis.open(),
  async run(stage) {
    const { fcm } = stage.fakes.sandbox;
    const brokeAtMs = Date.now();
    fcm.freeze();
    await pause(blackMs - unaffectedMs);
    const owedByApns = stage.owed().filter((key) => !key.includes(' fcm-'));
    const askedAtMs = performance.now();
    await eventually(
      async () => owedByApns.filter((key) => !stage.tally.has(key)).length,
      (missing) => missing === 0 || performance.now() - askedAtMs > patienceMs,
    );
    const missing = owedByApns.filter((key) => !stage.tally.has(key)).length;
    const caughtUpMs = performance.now() - askedAtMs;
    if (missing > 0) stage.failures.push(`APNs waits for FCM: ${missing} of ${owedByApns.length} not sent`);
    else if (caughtUpMs > unaffectedMs)
      stage.late.push(`APNs had everything ${Math.round(caughtUpMs)} ms after its last 200`);
    await pause(Math.max(0, brokeAtMs + blackMs - Date.now()));
    const { ambiguous, open } = await stage.reports();
    const mendedAtMs = Date.now();
    fcm.thaw();
    return {
      bound: {
        repeats: ambiguous + open,
        timedOut: ambiguous + open,
        because: `attempts that were not answered when FCM came back: ${ambiguous} timed out, ${open} open`,
      },
      brokeAtMs,
      mendedAtMs,
      notes: `APNs had everything ${Math.round(caughtUpMs)} ms after its last 200`,
    };
  },
  limits: { slowestMs: 1_000, p99Ms: 50 },
};
