import { parseArgs } from 'node:util';
import { type Conversation, converse } from './conversation';
import { Seeded } from './seeded';
import { fuzzConnection, fuzzDecoder, fuzzTearing, type Reached } from './targets';

const usage = `usage: npm run test:fuzz -- [--seconds N] [--seed S] [--case K]
  the lean HTTP/2 client against mutated recorded conversations, random frames and random bytes, its header decoder
  against a plain one, and both directions of header compression against node:http2
  --seconds N  how long; default 60
  --seed S     another seed, other cases; default 1
  --case K     that case only, as a failure names it`;

const conversationsWanted = 40;
/** One new conversation with node:http2 in so many cases. */
const converseEvery = 500;

async function runCase(
  seed: number,
  number: number,
  conversations: readonly Conversation[],
): Promise<Reached | 'decoded' | 'torn' | 'conversed'> {
  const random = new Seeded(seed * 1_000_003 + number);
  if (number % converseEvery === 0) {
    await converse(random);
    return 'conversed';
  }
  if (number % 4 === 0) {
    fuzzDecoder(random);
    return 'decoded';
  }
  if (number % 4 === 1) {
    await fuzzTearing(random, conversations);
    return 'torn';
  }
  return fuzzConnection(random, conversations);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seconds: { type: 'string' }, seed: { type: 'string' }, case: { type: 'string' } },
  });
  const [seconds, seed] = [Number(values.seconds ?? 60), Number(values.seed ?? 1)];
  const only = values.case === undefined ? null : Number(values.case);
  if (![seconds, seed, only ?? 0].every(Number.isFinite)) {
    console.error(usage);
    return 2;
  }
  const random = new Seeded(seed);
  const conversations: Conversation[] = [];
  while (conversations.length < conversationsWanted) conversations.push(await converse(random));
  const reached = new Map<string, number>();
  const endAt = performance.now() + seconds * 1_000;
  let number = only ?? 1;
  for (; performance.now() < endAt; number += 1) {
    try {
      const what = await runCase(seed, number, conversations);
      reached.set(what, (reached.get(what) ?? 0) + 1);
    } catch (error) {
      console.error(`FAILED: --seed ${seed} --case ${number}\n`, error);
      return 1;
    }
    if (only !== null) break;
  }
  const counts = [...reached].map(([what, times]) => `${what} ${times}`).join(', ');
  const megabytes = Math.round(process.memoryUsage().rss / 1e6);
  console.log(`seed ${seed}: ${number - (only ?? 1)} cases, no fault (${counts}); ${megabytes} MB`);
  return 0;
}

process.on('uncaughtException', (error) => {
  console.error('FAILED outside of a case', error);
  process.exit(1);
});
void main().then((code) => {
  process.exitCode = code;
});
