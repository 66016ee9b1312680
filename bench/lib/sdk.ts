import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pinToFirst } from './processors';
import type { SdkCall, SdkReport } from './sdk-messages';

export interface SdkResult {
  readonly cpuMicros: number;
  readonly perSecond: number;
}

/** The senders that the relay is compared with, in one process that stays warm. */
export class Sdk {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(env: Readonly<Record<string, string>>, pins: boolean): Promise<Sdk> {
    const child = fork(join(__dirname, 'sdk-process.ts'), {
      execArgv: ['-r', join(__dirname, '../../test/helpers/typescript.cjs')],
      env: { PATH: process.env['PATH'] ?? '', ...env },
    });
    await once(child, 'message');
    if (pins) pinToFirst(child.pid ?? 0);
    return new Sdk(child);
  }

  /** CPU of the process, a push. Rejects when a push fails. */
  async run(call: SdkCall, count: number): Promise<SdkResult> {
    this.#child.send({ call, count });
    const ended = new AbortController();
    const end = () => ended.abort(new Error(`the senders ended during ${call}`));
    this.#child.once('exit', end);
    const [{ cpuMicros, tookMs, failed }] = (await once(this.#child, 'message', {
      signal: ended.signal,
    })) as [SdkReport];
    this.#child.off('exit', end);
    if (failed > 0) throw new Error(`${failed} of ${count} pushes of ${call} failed`);
    return { cpuMicros: cpuMicros / count, perSecond: (count / tookMs) * 1000 };
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
