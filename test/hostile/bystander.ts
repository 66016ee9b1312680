import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { temporaryDirectory } from '../helpers/relay-process';

export interface BystanderPlan {
  readonly relayUrl: string;
  readonly relayPid: number;
  readonly controlUrl: string;
}

/** One thing that was asked. */
export interface Wait {
  readonly what: 'webhook' | 'healthz' | 'control';
  /** By the clock of the thread, ms. */
  readonly sentAtMs: number;
  readonly tookMs: number;
  /** How long the relay's main thread was ready to run meanwhile and got no processor. */
  readonly queuedMs: number;
}

export interface BystanderReport {
  readonly asked: number;
  /** As it was. */
  readonly longest: Wait;
  /** Without what the machine kept everybody waiting meanwhile; that is in `tookMs` no more. */
  readonly longestOfRelay: Wait;
  readonly longestOfControlMs: number;
  /** How late the thread itself ran. */
  readonly latestMs: number;
  /** Answers that were not 200, and none at all. */
  readonly refused: readonly string[];
}

/** The longest that somebody may wait who has nothing to do with the hostile ones. */
export const longestWaitMs = 1_000;

/**
 * Somebody who sends small webhooks and asks for the health while others are hostile; from a thread of its own, beside a
 * control server that is asked the same.
 */
export class Bystander {
  readonly #control: ChildProcess;
  readonly #directory: string;
  readonly #thread: Worker;

  private constructor(control: ChildProcess, directory: string, thread: Worker) {
    this.#control = control;
    this.#directory = directory;
    this.#thread = thread;
  }

  static async start(relayUrl: string, relayPid: number): Promise<Bystander> {
    const directory = await temporaryDirectory();
    const control = fork(join(__dirname, 'control-server.ts'), [join(directory, 'control')], {
      execArgv: ['-r', join(__dirname, '../helpers/typescript.cjs')],
    });
    const [port] = (await once(control, 'message')) as [number];
    const workerData: BystanderPlan = { relayUrl, relayPid, controlUrl: `http://127.0.0.1:${port}` };
    const thread = new Worker(join(__dirname, 'bystander-thread.ts'), { workerData });
    await once(thread, 'message');
    return new Bystander(control, directory, thread);
  }

  async stop(): Promise<BystanderReport> {
    this.#thread.postMessage('stop');
    const [report] = (await once(this.#thread, 'message')) as [BystanderReport];
    await this.#thread.terminate();
    const ended = once(this.#control, 'exit');
    this.#control.disconnect();
    await ended;
    await rm(this.#directory, { recursive: true, force: true });
    return report;
  }
}

export function toldOf({
  asked,
  longest,
  longestOfRelay,
  longestOfControlMs,
  latestMs,
}: BystanderReport): string {
  const of = (wait: Wait): string => `${Math.round(wait.tookMs)} ms (${wait.what})`;
  return (
    `bystander: ${asked} asked, longest wait ${of(longest)}, without the machine's share ${of(longestOfRelay)}; ` +
    `control server ${Math.round(longestOfControlMs)} ms, bystander itself ${Math.round(latestMs)} ms late`
  );
}
