import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import type { ProviderOrder, ProviderReport, ProviderState } from './provider-messages';

/** The providers' process: emits `accepted` whenever the count has grown. */
export class Providers extends EventEmitter {
  accepted = 0;
  readonly #child: ChildProcess;

  private constructor(
    child: ChildProcess,
    /** For a relay. */
    readonly env: Readonly<Record<string, string>>,
    /** The makers' sections of a relay's `apps`. */
    readonly appsYaml: string,
  ) {
    super();
    this.#child = child;

    this.setMaxListeners(0);
    child.on('message', (message) => this.#heard(message as ProviderReport));
    child.on('exit', () => this.emit('error', new Error('the providers ended')));
  }

  static async start(): Promise<Providers> {
    const child = fork(join(__dirname, 'provider-process.ts'), {
      // Pauses of its garbage collector would be taken for the relay's.
      execArgv: ['--max-semi-space-size=64', '-r', join(__dirname, '../../test/helpers/typescript.cjs')],
    });
    const [ready] = (await once(child, 'message')) as [{ env: Record<string, string>; appsYaml: string }];
    return new Providers(child, ready.env, ready.appsYaml);
  }

  order(order: ProviderOrder): void {
    this.#child.send(order);
  }

  async ask(): Promise<ProviderState> {
    this.order({ kind: 'ask' });
    const [state] = (await once(this, 'told')) as [ProviderState];
    return state;
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) await once(this, 'accepted');
  }

  stop(): void {
    this.#child.removeAllListeners('exit');
    this.#child.disconnect();
  }

  #heard(report: ProviderReport): void {
    switch (report.kind) {
      case 'ready':
        return;
      case 'accepted':
        this.accepted = report.accepted;
        this.emit('accepted');
        return;
      case 'told':
        this.accepted = report.accepted;
        this.emit('told', report);
        return;
      default:
        return report satisfies never;
    }
  }
}
