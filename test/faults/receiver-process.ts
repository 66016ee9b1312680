import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '../helpers/relay-process';
import { freePort } from '../helpers/free-port';

/** A receiver of forwarded webhooks (receiver-child.ts) that can be killed, frozen, and told to fail. It keeps its port. */
export class ReceiverProcess {
  #child: ChildProcess | null = null;
  readonly #port: number;
  readonly #directory: string;

  private constructor(port: number, directory: string) {
    this.#port = port;
    this.#directory = directory;
  }

  static async start(): Promise<ReceiverProcess> {
    const receiver = new ReceiverProcess(await freePort(), await temporaryDirectory());
    await receiver.up();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/v1/webhook`;
  }

  /** The bodies that it has taken, in their order. */
  async taken(): Promise<readonly string[]> {
    const text = await readFile(this.#file, 'utf8');
    return text.split('\n').slice(0, -1);
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Resolves when it listens, on the port that it had. */
  async up(): Promise<void> {
    const loader = join(__dirname, '../helpers/typescript.cjs');
    this.#child = fork(join(__dirname, 'receiver-child.ts'), [String(this.#port), this.#file], {
      execArgv: ['-r', loader],
    });
    await once(this.#child, 'message');
  }

  /** SIGSTOP: connections stay open, and nothing is answered. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Answers this from now on; only with 200 it takes what it gets. */
  async answer(status: number): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    child.send(status);
    await once(child, 'message');
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }

  get #file(): string {
    return join(this.#directory, 'taken');
  }
}
