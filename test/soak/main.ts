import { parseArgs } from 'node:util';
import { hasRedisServer, RedisServer } from '../helpers/redis-server';
import type { Sample } from './sample';
import { soak } from './soak';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** embedded, redis, or both one after the other. */
    store: { type: 'string', default: 'both' },
    /** So many messages a second, while the providers get into trouble again and again. */
    troubled: { type: 'string' },
    /** About two minutes for both. */
    short: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const minutes = Number(positionals[0] ?? (values.short ? shortMinutes : '10'));
  if (!(minutes >= 0.5) || !['embedded', 'redis', 'both'].includes(values.store)) {
    console.error(
      'usage: npm run soak -- [minutes, at least 0.5] [--short] [--store embedded|redis|both] [--troubled MESSAGES_A_SECOND]',
    );
    process.exitCode = 2;
    return;
  }
  let [passed, failed] = [0, 0];
  for (const store of ['embedded', 'redis'] as const) {
    if (values.store !== store && values.store !== 'both') continue;
    const failures = await play(store, minutes);
    for (const failure of failures) console.log(`     FAILED: ${failure}`);
    if (failures.length === 0) passed += 1;
    else failed += 1;
  }
  console.log(`soak: ${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

async function play(store: 'embedded' | 'redis', minutes: number): Promise<readonly string[]> {
  if (store === 'redis' && !hasRedisServer) return ['there is no redis-server on the PATH'];
  const server = store === 'redis' ? await RedisServer.start() : null;
  try {
    console.log(`\n${store} store, ${minutes} minutes, Node ${process.versions.node}`);
    const result = await soak({
      minutes,
      env: server === null ? {} : { REDIS_URL: server.url },
      countsMapped: server !== null,
      troubled: values.troubled === undefined ? null : Number(values.troubled),
      onPace: (perSecond) => console.log(`${perSecond} messages a second\n${heading}`),
      onTrouble: (name, times) => console.log(`${name}: ${times} times`),
      onSample: (sample) => {
        if (Math.round(sample.atMs / 1000) % 10 === 0) console.log(line(sample));
      },
    });
    const { sent, answered, accepted, repeated, memory } = result;
    console.log(
      `${sent} sent, ${answered} answered 200, ${accepted} accepted, ${repeated} repeated; ${memory}`,
    );
    return result.failures;
  } finally {
    await server?.stop();
  }
}

const shortMinutes = 0.75;
const heading = 'seconds   rss MB  anonymous  heap MB  descriptors  handles  depth  accepted';

function line({ atMs, rssMb, anonymousMb, heapMb, descriptors, handles, depth, accepted }: Sample): string {
  const cells = [
    Math.round(atMs / 1000)
      .toString()
      .padStart(7),
    rssMb.toFixed(1).padStart(8),
    anonymousMb.toFixed(1).padStart(10),
    heapMb.toFixed(1).padStart(8),
    String(descriptors).padStart(12),
    String(handles).padStart(8),
    String(depth).padStart(6),
    String(accepted).padStart(9),
  ];
  return cells.join(' ');
}

void main();
