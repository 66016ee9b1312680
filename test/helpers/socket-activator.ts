import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inheritedEnvironment } from './inherited-environment';

export interface ActivatorOptions {
  readonly env: Readonly<Record<string, string>>;
  /** How many listening sockets it holds; one unless said. */
  readonly sockets?: number;
  /** LISTEN_FDS and LISTEN_FDNAMES; the count is that of the sockets unless said. */
  readonly variables?: Readonly<Record<string, string>>;
}

type LogLine = Readonly<Record<string, unknown>>;

/**
 * What systemd does for a socket unit: holds listening sockets that it never accepts from, and starts one relay after
 * another on them. It is a shell, because a Node process that listens also accepts.
 */
export class SocketActivator {
  readonly log: LogLine[] = [];
  /** Process ids of the relays that were started, and exit codes of those that have ended. */
  readonly pids: number[] = [];
  readonly exits: number[] = [];
  errors = '';
  readonly #shell: ChildProcess;

  private constructor(
    shell: ChildProcess,
    readonly ports: readonly number[],
  ) {
    this.#shell = shell;

    shell.stderr?.on('data', (chunk: Buffer) => {
      this.errors += chunk.toString();
      shell.emit('changed');
    });
    createInterface({ input: shell.stdout! }).on('line', (line) => {
      const [, event, number] = /^relay (started|exited) (\d+)$/.exec(line) ?? [];
      if (event === undefined) this.log.push(parse(line));
      else (event === 'started' ? this.pids : this.exits).push(Number(number));
      shell.emit('changed');
    });
  }

  static async start({ env, sockets = 1, variables = {} }: ActivatorOptions): Promise<SocketActivator> {
    const servers = await Promise.all(Array.from({ length: sockets }, listenOnAnyPort));
    const ports = servers.map((server) => (server.address() as AddressInfo).port);
    const all = { LISTEN_FDS: String(servers.length), ...variables };
    const assignments = Object.entries(all).map(([name, value]) => `${name}=${value}`);
    const main = join(__dirname, '../../dist/main.js');
    const relay = `echo relay started $$; exec env LISTEN_PID=$$ ${assignments.join(' ')} ${process.execPath} ${main} serve`;
    // A shell of its own for each: `$$` is its process id, which stays that of the relay.
    const script = `while read -r order; do sh -c '${relay}'; echo "relay exited $?"; done`;
    const shell = spawn('sh', ['-c', script], {
      env: { ...inheritedEnvironment(), HOST: '127.0.0.1', PORT: '1', ...env },
      stdio: ['pipe', 'pipe', 'pipe', ...servers.map(descriptorOf)],
      // A group of its own, so that its relay ends with it where a test fails.
      detached: true,
    });
    const activator = new SocketActivator(shell, ports);
    // The shell has its own copies; ours would accept.
    for (const server of servers) server.close();
    return activator;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.ports[0])}`;
  }

  /** Starts a relay; the one before must have ended, or it starts after it. */
  startRelay(): void {
    this.#shell.stdin?.write('start\n');
  }

  /** Resolves with the count-th line that matches. */
  async logged(matches: (line: LogLine) => boolean, count = 1): Promise<LogLine> {
    await this.until(() => this.log.filter(matches).length >= count);
    return this.log.filter(matches)[count - 1] ?? {};
  }

  async until(fits: () => boolean): Promise<void> {
    while (!fits()) {
      if (this.#shell.exitCode !== null) throw new Error(`the activator ended: ${this.errors}`);
      await once(this.#shell, 'changed');
    }
  }

  /** Asks the newest relay to stop. */
  terminate(): void {
    process.kill(this.pids.at(-1) ?? 0, 'SIGTERM');
  }

  /** Ends its relay, too, where one runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#shell.stdin?.end();
    if (this.exits.length < this.pids.length) this.terminate();
    if (this.#shell.exitCode === null) await once(this.#shell, 'exit');
  }
}

async function listenOnAnyPort(): Promise<Server> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function descriptorOf(server: Server): number {
  return (server as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}

function parse(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { text: line };
  }
}
