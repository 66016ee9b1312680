import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BenchStore } from '../lib/bench-store';
import type { Measurement } from '../lib/measurement';
import type { RelayUnderTest } from '../lib/relay-under-test';
import { median, quantile, round } from '../lib/statistics';
import { webhookBody } from '../lib/webhook-body';
import { WebhookLoad } from '../lib/webhook-load';
import type { Scenario, World } from '../lib/world';

const perSecond = 100;
const seconds = 10;
/** By default messages to be pushed are not forwarded. */
const receivers = ['none', 'alive', 'dead', 'dead, msg.offline too'] as const;

/** Of the answers of one run. */
interface Answers {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Candidate {
  readonly receiver: (typeof receivers)[number];
  readonly store: BenchStore;
  readonly relay: RelayUnderTest;
  readonly runs: Answers[];
}

/** All relays run at the same time and are loaded one after the other, so that each pair of figures is seconds apart. */
export const forwarding: Scenario = {
  name: 'forwarding',
  title: `The answer to msg.offline at ${perSecond} a second, beside as many msg.notify, by what the receiver of forwarded webhooks does`,
  async run(world) {
    const found: Measurement[] = [];
    for (const kind of world.options.stores) {
      if (kind === 'redis-always') continue;
      const server = await listen();
      const candidates: Candidate[] = [];
      for (const receiver of receivers)
        candidates.push(await open(world, await BenchStore.create(kind), receiver, server));
      // The first round warms up.
      for (let run = 0; run <= world.options.runs; run += 1)
        for (const candidate of candidates) {
          const answers = await pace(world, candidate);
          if (run > 0) candidate.runs.push(answers);
        }
      for (const candidate of candidates) found.push(await close(kind, candidate));
      server.closeAllConnections();
      server.close();
    }
    return found;
  },
};

async function listen(): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Nobody listens on port 1. */
async function open(
  world: World,
  store: BenchStore,
  receiver: Candidate['receiver'],
  server: Server,
): Promise<Candidate> {
  const port = receiver === 'alive' ? (server.address() as AddressInfo).port : 1;
  const events = receiver === receivers[3] ? ', events: [msg.offline, msg.notify]' : '';
  const webhookYaml = `{ forward: [{ url: "http://127.0.0.1:${port}/"${events} }] }`;
  const relay = await world.startRelay(store, receiver === 'none' ? {} : { webhookYaml });
  return { receiver, store, relay, runs: [] };
}

/** On connections of its own: those of the last round may have been idle for too long. */
async function pace(world: World, { relay }: Candidate): Promise<Answers> {
  const tookMs: number[] = [];
  const message = (index: number) =>
    webhookBody({ from: 'alice', to: [`nobody${index}`], text: 'shall we meet at eight?' });
  const load = await WebhookLoad.open(relay.url);
  const beside = await WebhookLoad.open(relay.url, 16, 'msg.notify');
  const rate = { perSecond, seconds: world.scaled(seconds) };
  await Promise.all([
    load.pace({ ...rate, make: message, onAnswer: (ms) => tookMs.push(ms) }),
    beside.pace({ ...rate, make: (index) => Buffer.from(`[${String(message(index))}]`) }),
  ]);
  load.close();
  beside.close();
  await relay.idle();
  return { p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99) };
}

async function close(
  kind: BenchStore['kind'],
  { receiver, store, relay, runs }: Candidate,
): Promise<Measurement> {
  const waiting = await relay.metric('relay_forward_depth');
  await relay.stop();
  await store[Symbol.asyncDispose]();
  const middle = (name: keyof Answers) => round(median(runs.map((run) => run[name])));
  return {
    key: `forwarding/${kind}/${receiver}`,
    what: `${kind}, receiver: ${receiver}`,
    values: [
      { name: 'p50', value: middle('p50Ms'), unit: 'ms' },
      { name: 'p99', value: middle('p99Ms'), unit: 'ms' },
      { name: 'wait for the receiver', value: waiting, unit: 'messages' },
    ],
    targets: [],
  };
}
