import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import type { Clock } from '../../../src/domain/clock';
import { silentLogger } from '../../../src/domain/logger';
import { ForwardTarget, type TargetContext, type TargetOptions } from '../../../src/forward/forward-target';
import { createForwardEvents } from '../../../src/observability/forward-events';
import { Deadlines } from '../../../src/shared/deadlines';
import { DurableQueues } from '../../../src/store/queue/durable-queues';

/** A target with queues on disk, for a receiver and dead letters of the test's own. */
export class ForwardRig {
  readonly #directory: string;

  private constructor(
    readonly target: ForwardTarget,
    readonly queues: DurableQueues,
    directory: string,
  ) {
    this.#directory = directory;
  }

  static async open(
    clock: Clock,
    parts: Pick<TargetContext, 'isFull' | 'deadLetters'> &
      Pick<TargetContext['receiver'], 'send'> &
      Pick<TargetOptions, 'isRemoved'>,
  ): Promise<ForwardRig> {
    const directory = await mkdtemp(join(tmpdir(), 'relay-forward-'));
    const queues = await DurableQueues.open(
      { directory, name: 'the queue', minFreeDiskShare: 0, plentyFreeBytes: 0, commitTimeoutMs: 10_000 },
      { clock, random: Math.random, logger: silentLogger },
    );
    const { send, isFull, deadLetters, isRemoved = false } = parts;
    const target = new ForwardTarget(
      {
        id: 'receiver:80#',
        name: 'receiver:80',
        isRemoved,
        events: null,
        answers: [],
        maxAgeMs: null,
        maxAskedBytes: 0,
      },
      {
        receiver: { send, ask: () => Promise.resolve(null), close: () => Promise.resolve() },
        queueOf: (lane) => queues.queue(lane),
        isFull,
        deadLetters,
        events: createForwardEvents({ logger: silentLogger, registry: new Registry(), clock }),
        makeId: () => 'id',
        clock,
        deadlines: new Deadlines(clock),
        random: () => 0,
      },
    );
    return new ForwardRig(target, queues, directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.target.stop();
    await this.queues.close();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
