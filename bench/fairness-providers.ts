import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startSandbox } from '../src/sandbox/sandbox';
import { relayEnvironment } from '../test/helpers/fakes';

/**
 * The fake providers in a process of their own, so that what they cost is not taken for the relay's.
 *
 * To the parent: `{kind: 'ready', …}` once, then every `reportMs` `{kind: 'accepted', bulk, direct}`: how many of the
 * group's pushes were accepted in all, and for each one-to-one push since the last report its message id and the time.
 * Asked (`'lag'`), `{kind: 'lag', p99Ms, maxMs}`: how late its own event loop was since it was last asked.
 */
const reportMs = 20;
const bulkTokens = /^b0/;

async function main(): Promise<void> {
  const sandbox = await startSandbox({ record: 'counts' });
  let bulk = 0;
  let reported = 0;
  let direct: [messageId: string, atMs: number][] = [];
  sandbox.apns.onAccepted((push) => {
    if (bulkTokens.test(push.token)) {
      bulk += 1;
      return;
    }
    const { message_id: messageId } = push.payload['wukongim'] as { message_id: string };
    direct.push([messageId, performance.timeOrigin + performance.now()]);
  });
  setInterval(() => {
    if (direct.length === 0 && bulk === reported) return;
    process.send?.({ kind: 'accepted', bulk, direct });
    reported = bulk;
    direct = [];
  }, reportMs);
  const lag = monitorEventLoopDelay({ resolution: 1 });
  lag.enable();
  process.on('message', () => {
    process.send?.({ kind: 'lag', p99Ms: lag.percentile(99) / 1e6, maxMs: lag.max / 1e6 });
    lag.reset();
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ kind: 'ready', env: await relayEnvironment(sandbox) });
}

void main();
