import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/domain/clock';
import type { Device } from '../src/domain/device';
import { silentLogger } from '../src/domain/logger';
import { openEmbeddedStore } from '../src/store/embedded/store';
import { closeConnections, eventually, messageBody, metric, postEvent } from '../test/helpers/client';
import { RelayProcess, temporaryDirectory } from '../test/helpers/relay-process';

/**
 * Does a big group delay a message between two people? Webhook → accepted by the provider, for a steady stream of
 * one-to-one messages: with nothing else to do, and while one event of 100,000 recipients is worked off. Group and
 * stream go to the same provider and app, so they share connections and slots: the hardest case.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    recipients: { type: 'string', default: '100000' },
    /** One-to-one messages a second. */
    rate: { type: 'string', default: '100' },
    'idle-seconds': { type: 'string', default: '10' },
    /** Exit code 1 when the median ratio is above. */
    'max-ratio': { type: 'string' },
    /** The relay's HTTP/2 client: lean or node; its own default unless said. */
    http2: { type: 'string' },
    /** Arguments for the relay's node, e.g. --cpu-prof. */
    'node-arg': { type: 'string', multiple: true, default: [] },
  },
});

const people = 1_000;
const recipients = Number(values.recipients);
const rate = Number(values.rate);

interface Measured {
  readonly messages: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly webhookP99Ms: number;
}

interface Run {
  readonly idle: Measured;
  readonly loaded: Measured;
  readonly ratio: number;
  /** From the event's webhook to its last push. */
  readonly groupMs: number;
  /** How late timers of the relay were meanwhile. */
  readonly eventLoopP99Ms: number;
  /** The same of the providers: what is above the relay's share of the measurement. */
  readonly providersLag: Lag;
  readonly groupPushesPerSecond: number;
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

function hexToken(prefix: string, index: number): string {
  return `${prefix}${index.toString(16).padStart(62, '0')}`;
}

function aDevice(uid: string, token: string): Device {
  return {
    uid,
    deviceId: 'phone',
    app: 'default',
    provider: 'apns',
    platform: 'ios',
    environment: 'production',
    token,
    voipToken: null,
    locale: null,
    timezone: null,
    preview: null,
    deviceFlag: null,
    appVersion: null,
    model: null,
    registeredAtMs: systemClock.now(),
    lastActiveAtMs: null,
    lastAcceptedAtMs: null,
    lastFailureAtMs: null,
    lastFailureReason: null,
    rejectionsInRow: 0,
    suspendedUntilMs: null,
    throttledUntilMs: null,
  };
}

/** Straight into the store, before the relay opens it: a hundred thousand calls of the REST API would take a minute. */
async function registerAll(directory: string): Promise<void> {
  const deadLetters = { maxAgeMs: 60_000, maxCount: 1, maxBytes: 1 };
  const context = { clock: systemClock, random: Math.random, logger: silentLogger };
  const store = await openEmbeddedStore({ directory, deadLetters }, context);
  const register = (device: Device) => store.devices.register(device, 20);
  for (let from = 0; from < recipients; from += 5_000) {
    const count = Math.min(5_000, recipients - from);
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        register(aDevice(`b${from + index}`, hexToken('b0', from + index))),
      ),
    );
  }
  await Promise.all(
    Array.from({ length: people }, (_, index) => register(aDevice(`p${index}`, hexToken('a0', index)))),
  );
  await store.close();
}

interface Lag {
  readonly p99Ms: number;
  readonly maxMs: number;
}

type Report =
  | { readonly kind: 'accepted'; readonly bulk: number; readonly direct: readonly [string, number][] }
  | ({ readonly kind: 'lag' } & Lag);

/** The providers' process, and what it says. */
class Providers extends EventEmitter {
  readonly acceptedAt = new Map<string, number>();
  bulk = 0;

  private constructor(
    private readonly child: ChildProcess,
    readonly env: Readonly<Record<string, string>>,
  ) {
    super();
    child.on('message', (message) => this.#heard(message as Report));
  }

  static async start(): Promise<Providers> {
    const child = fork(join(__dirname, 'fairness-providers.ts'), {
      // Pauses of its garbage collector would be taken for the relay's.
      execArgv: [
        '--max-semi-space-size=64',
        '--initial-heap-size=2048',
        '-r',
        join(__dirname, '../test/helpers/typescript.cjs'),
      ],
    });
    const [ready] = (await once(child, 'message')) as [{ env: Record<string, string> }];
    return new Providers(child, ready.env);
  }

  /** How late the event loop of the providers was since the last call. */
  async lag(): Promise<Lag> {
    this.child.send('lag');
    const [lag] = (await once(this, 'lag')) as [Lag];
    return { p99Ms: Math.round(lag.p99Ms), maxMs: Math.round(lag.maxMs) };
  }

  #heard(report: Report): void {
    switch (report.kind) {
      case 'accepted':
        this.bulk = report.bulk;
        for (const [messageId, atMs] of report.direct) this.acceptedAt.set(messageId, atMs);
        this.emit('accepted');
        return;
      case 'lag':
        this.emit('lag', report);
        return;
      default:
        return report satisfies never;
    }
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) await once(this, 'accepted');
  }

  stop(): void {
    this.child.disconnect();
  }
}

let lastMessageId = 2_500_000_000_000_000_000n;

function nextMessageId(): string {
  lastMessageId += 1n;
  return String(lastMessageId);
}

/** One-to-one messages at an even rate, whatever the answers take; until stopped. */
class Stream {
  readonly #sentAt = new Map<string, number>();
  readonly #webhookMs: number[] = [];
  readonly #answers: Promise<void>[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #startedAt = now();

  constructor(
    private readonly url: string,
    private readonly providers: Providers,
  ) {
    this.#timer = setInterval(() => this.#send(), 2);
  }

  async stop(): Promise<Measured> {
    clearInterval(this.#timer);
    await Promise.all(this.#answers);
    const { acceptedAt } = this.providers;
    await this.providers.until(() => [...this.#sentAt.keys()].every((id) => acceptedAt.has(id)));
    const took = [...this.#sentAt].map(([id, atMs]) => (acceptedAt.get(id) ?? 0) - atMs);
    return {
      messages: took.length,
      p50Ms: quantile(took, 0.5),
      p99Ms: quantile(took, 0.99),
      maxMs: quantile(took, 1),
      webhookP99Ms: quantile(this.#webhookMs, 0.99),
    };
  }

  #send(): void {
    const due = ((now() - this.#startedAt) / 1000) * rate;
    while (this.#sentAt.size < due) {
      const messageId = nextMessageId();
      const index = this.#sentAt.size;
      const body = messageBody({ messageId, from: `p${index % people}`, to: [`p${(index + 1) % people}`] });
      const sentAt = now();
      this.#sentAt.set(messageId, sentAt);
      this.#answers.push(
        postEvent(this.url, 'msg.offline', body).then(({ status }) => {
          if (status !== 200) throw new Error(`the webhook was answered ${status}`);
          this.#webhookMs.push(now() - sentAt);
        }),
      );
    }
  }
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
  return Math.round(found * 100) / 100;
}

async function measure(relay: RelayProcess, providers: Providers): Promise<Run> {
  const idleStream = new Stream(relay.url, providers);
  await new Promise((resolve) => setTimeout(resolve, Number(values['idle-seconds']) * 1000));
  const idle = await idleStream.stop();
  const uids = Array.from({ length: recipients }, (_, index) => `b${index}`);
  const group = messageBody({ messageId: nextMessageId(), to: uids, channelId: 'everyone', channelType: 2 });
  const target = providers.bulk + recipients;
  // Each look at it starts it anew.
  await metric(relay.url, lagMetric);
  await providers.lag();
  const loadedStream = new Stream(relay.url, providers);
  const startedAt = now();
  const { status } = await postEvent(relay.url, 'msg.offline', group);
  if (status !== 200) throw new Error(`the group was answered ${status}`);
  await providers.until(() => providers.bulk >= target);
  const groupMs = Math.round(now() - startedAt);
  const eventLoopP99Ms = Math.round((await metric(relay.url, lagMetric)) * 1000);
  const providersLag = await providers.lag();
  const loaded = await loadedStream.stop();
  await eventually(
    () => metric(relay.url, 'relay_inbox_depth'),
    (depth) => depth === 0,
  );
  return {
    idle,
    loaded,
    ratio: Math.round((loaded.p99Ms / idle.p99Ms) * 100) / 100,
    groupMs,
    eventLoopP99Ms,
    providersLag,
    groupPushesPerSecond: Math.round((recipients / groupMs) * 1000),
  };
}

const lagMetric = 'nodejs_eventloop_lag_p99_seconds';

function print(run: Run): void {
  const show = (name: string, { messages, p50Ms, p99Ms, maxMs, webhookP99Ms }: Measured) =>
    `${name} ${messages} messages, p50 ${p50Ms} ms, p99 ${p99Ms} ms, max ${maxMs} ms (webhook's 200: p99 ${webhookP99Ms} ms)`;
  const { p99Ms, maxMs } = run.providersLag;
  console.log(show('idle  ', run.idle));
  console.log(show('loaded', run.loaded));
  console.log(
    `ratio of the p99: ${run.ratio}; group done in ${run.groupMs} ms, ${run.groupPushesPerSecond} a second`,
  );
  console.log(
    `event loops: relay p99 ${run.eventLoopP99Ms} ms; providers p99 ${p99Ms} ms, max ${maxMs} ms\n`,
  );
}

async function main(): Promise<void> {
  const directory = await temporaryDirectory();
  await registerAll(directory);
  const providers = await Providers.start();
  const relay = await RelayProcess.start({
    dataDir: directory,
    env: { ...providers.env, STORM_LIMITS: 'off' },
    nodeArgs: values['node-arg'],
    ...(values.http2 === undefined ? {} : { yaml: `providers: { http2: ${values.http2} }\n` }),
  });
  const runs: Run[] = [];
  for (let count = 0; count < Number(values.runs); count += 1) {
    const run = await measure(relay, providers);
    print(run);
    runs.push(run);
  }
  await relay.stop();
  providers.stop();
  closeConnections();
  await rm(directory, { recursive: true, force: true });
  const median = (pick: (run: Run) => number) => quantile(runs.map(pick), 0.5);
  const result = {
    idleP99Ms: median((run) => run.idle.p99Ms),
    loadedP99Ms: median((run) => run.loaded.p99Ms),
    ratio: median((run) => run.ratio),
  };
  const machine = {
    cpus: cpus().length,
    model: cpus()[0]?.model ?? '',
    node: process.version,
    load: loadavg()[0],
  };
  const results = join(__dirname, 'results');
  await mkdir(results, { recursive: true });
  await writeFile(
    join(results, 'fairness.json'),
    `${JSON.stringify({ bench: 'fairness', machine, recipients, rate, ...result, runs }, null, 2)}\n`,
  );
  console.log(
    `fairness (medians of ${runs.length}): idle p99 ${result.idleP99Ms} ms, loaded p99 ${result.loadedP99Ms} ms, ratio ${result.ratio}`,
  );
  console.log(
    `relay, providers and load share ${machine.cpus} processors (${machine.model}), load ${machine.load?.toFixed(1)}`,
  );
  if (values['max-ratio'] !== undefined && result.ratio > Number(values['max-ratio'])) process.exitCode = 1;
}

void main();
