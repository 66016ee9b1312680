import { silentLogger } from '../../../src/domain/logger';
import { systemClock } from '../../../src/domain/clock';
import { openEmbeddedStore } from '../../../src/store/embedded/store';
import { anEvent, claimAll } from './builders';
import { bounds } from './fixture';

/** A process of its own for what a test cannot do to itself: be killed, be traced, be another one. */
const [mode = '', directory = ''] = process.argv.slice(2);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function run(): Promise<void> {
  const context = { clock: systemClock, random: Math.random, logger: silentLogger };
  const store = await openEmbeddedStore({ directory, deadLetters: bounds, minFreeDiskShare: 0 }, context);
  say('open');
  switch (mode) {
    case 'hold':
      setInterval(() => {}, 1_000);
      return;
    case 'append-once':
      await store.inbox.append(anEvent('warm-up'));
      say('append begins');
      await store.inbox.append(anEvent('traced'));
      say('append resolved');
      await store.close();
      return;
    case 'append-forever':
      await Promise.all(
        Array.from({ length: 32 }, async (_, worker) => {
          for (let number = 0; ; number++) {
            const bodyId = `${worker}-${number}`;
            await store.inbox.append(anEvent(bodyId, number % 5 === 0 ? { recipients: [['a'], ['b']] } : {}));
            say(bodyId);
          }
        }),
      );
      return;
    case 'claim-and-die':
      for (const { bodyId, claims } of await claimAll(store)) say(`${bodyId} ${claims}`);
      process.kill(process.pid, 'SIGKILL');
      return;
    default:
      throw new Error(`unknown mode ${mode}`);
  }
}

run().catch((error: unknown) => {
  say(`failed ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
  process.exitCode = 1;
});
