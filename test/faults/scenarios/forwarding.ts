import { postEvent } from '../../helpers/client';
import { pause } from '../play';
import { ReceiverProcess } from '../receiver-process';
import type { FaultyStore, Scenario } from '../scenario';
import type { Stage } from '../stage';
import { SingleRedis } from './single-redis';

type StoreKind = 'Redis' | 'embedded';

/** A store, and a receiver that gets the webhooks of all replicas, the messages to be pushed among them. */
class Forwarding implements FaultyStore {
  /** Of the online statuses that a relay has answered 200, in their order; by its slot. */
  readonly statuses = new Map<number, string[]>();
  #posting: readonly Promise<void>[] = [];
  #isPosting = false;

  private constructor(
    readonly receiver: ReceiverProcess,
    readonly redis: SingleRedis | null,
  ) {}

  static async open(kind: StoreKind): Promise<Forwarding> {
    const redis = kind === 'Redis' ? await SingleRedis.open() : null;
    return new Forwarding(await ReceiverProcess.start(), redis);
  }

  get env(): Readonly<Record<string, string>> {
    return this.redis?.env ?? {};
  }

  get yaml(): string {
    return `
webhook:
  forward: [{ url: "${this.receiver.url}", events: [msg.offline, user.onlinestatus], timeout_ms: 1000 }]
`;
  }

  /** Online statuses to each replica in turn, each after the answer to the one before it, until `stop`. */
  post(stage: Stage): void {
    this.#isPosting = true;
    this.#posting = [...stage.replicas.keys()].map((slot) => this.#postTo(stage, slot));
  }

  async posted(): Promise<void> {
    this.#isPosting = false;
    await Promise.all(this.#posting);
  }

  async stop(): Promise<void> {
    await this.posted();
    await this.receiver.stop();
    await this.redis?.stop();
  }

  async #postTo(stage: Stage, slot: number): Promise<void> {
    const taken: string[] = [];
    this.statuses.set(slot, taken);
    for (let count = 1; this.#isPosting; count += 1) {
      const body = JSON.stringify([`s${slot}-0-${count % 2}-${count}-1-1`]);
      const { url } = stage.replica(slot);
      const answer = url === '' ? null : await postEvent(url, 'user.onlinestatus', body).catch(() => null);
      if (answer?.status === 200) taken.push(body);
      await pause(statusEveryMs);
    }
  }
}

const statusEveryMs = 50;

/** What the receiver has must be what was answered 200: all of it, statuses in their order, and little of it twice. */
async function compareForwarded(stage: Stage, store: Forwarding): Promise<void> {
  const got = await store.receiver.taken();
  const counts = new Map<string, number>();
  for (const body of got) counts.set(body, (counts.get(body) ?? 0) + 1);
  const owed = [...[...stage.load.answered].map(({ body }) => body), ...[...store.statuses.values()].flat()];
  const lost = owed.filter((body) => !counts.has(body));
  if (lost.length > 0) stage.failures.push(`${lost.length} not forwarded: ${lost[0]}`);

  for (const [slot, taken] of store.statuses) {
    const first = [...counts.keys()].filter((body) => body.startsWith(`["s${slot}-`));
    const inOrder = taken.filter((body) => counts.has(body));
    const known = new Set(taken);
    if (first.filter((body) => known.has(body)).join() !== inOrder.join())
      stage.failures.push(`replica ${slot}: online statuses were forwarded in another order`);
    // One that comes twice must not be the last word.
    const last = got.findLast((body) => known.has(body));
    if (last !== taken.at(-1)) stage.failures.push(`replica ${slot}: the last online status is ${last}`);
  }

  const repeats = got.length - counts.size;
  const { forwardRepeats } = await stage.hurried();
  // What was cut off was sent again, mostly to another relay, which forwards it, too.
  const bound = forwardRepeats + stage.load.cutOff;
  console.log(
    `     forwarded: ${owed.length} events owed, ${counts.size} taken, ${lost.length} lost, ${repeats} repeated, at most ${bound} explained`,
  );
  if (repeats > bound) stage.failures.push(`${repeats} were forwarded again, at most ${bound} are explained`);
}

/** The receiver dies, stands still, and fails, one after the other. Pushes must not notice. */
function lameReceiver(
  kind: StoreKind,
  options: { readonly failsForMs: number; readonly isLong: boolean },
): Scenario<Forwarding> {
  const { failsForMs, isLong } = options;
  return {
    name: `forwarding, ${kind}: receiver killed, frozen, 500 for ${failsForMs / 1000} s`,
    replicas: kind === 'Redis' ? 2 : 1,
    isLong,
    // The longest pause between two attempts is a minute.
    extraMs: isLong ? failsForMs + 60_000 : 0,
    openStore: () => Forwarding.open(kind),
    async run(stage, store) {
      const { receiver } = store;
      store.post(stage);
      const brokeAtMs = Date.now();
      await receiver.kill();
      await pause(awayMs);
      await receiver.up();
      await pause(betweenMs);
      receiver.freeze();
      await pause(awayMs);
      receiver.thaw();
      await pause(betweenMs);
      await receiver.answer(500);
      await pause(failsForMs);
      await receiver.answer(200);
      const owed = stage.owed();
      await stage.tally.all(owed);
      await store.posted();
      return {
        bound: { repeats: 0, because: 'a receiver has nothing to do with pushes' },
        brokeAtMs,
        mendedAtMs: Date.now(),
      };
    },
    afterwards: compareForwarded,
    limits: { slowestMs: 1_000 },
  };
}

const awayMs = 3_000;
const betweenMs = 2_000;

/** What they mean is in test/helpers/watch-forwarding.cjs. */
const points = ['forward-kept', 'forward-sent', 'forward-taken', 'forward-settled'] as const;

/** A relay dies at each step of a forwarded event, and is started again on its directory. */
function killedForwarder(kind: StoreKind): Scenario<Forwarding> {
  return {
    name: `forwarding, ${kind}: kill -9 of a relay at each step`,
    replicas: kind === 'Redis' ? 2 : 1,
    openStore: () => Forwarding.open(kind),
    async run(stage, store) {
      store.post(stage);
      const brokeAtMs = Date.now();
      const told: string[] = [];
      let repeats = 0;
      for (const point of points) {
        const { open, answered, forwardRepeats } = await stage.replica(0).kill(point);
        stage.load.direct(0, null);
        repeats += open + answered;
        told.push(`${point}: ${open} open, ${answered} answered, ${forwardRepeats} to be forwarded again`);
        await stage.start(0);
        await pause(betweenMs);
      }
      await store.posted();
      return {
        bound: { repeats, lapsed: 0, because: told.join('; ') },
        brokeAtMs,
        silentSlot: 0,
      };
    },
    afterwards: compareForwarded,
  };
}

export const forwarding: readonly Scenario<Forwarding>[] = (['Redis', 'embedded'] as const).flatMap(
  (kind) => [
    lameReceiver(kind, { failsForMs: 6_000, isLong: false }),
    lameReceiver(kind, { failsForMs: 60_000, isLong: true }),
    killedForwarder(kind),
  ],
);
