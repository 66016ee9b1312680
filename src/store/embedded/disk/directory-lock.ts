import { closeSync, lstatSync, openSync, readdirSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock, Random } from '../../../domain/clock';
import { DataDirectoryInUseError, StoreConfigurationError } from '../../ports/errors';
import { cannotOpen, errorCode, explain } from './data-directory';
import { removeOwnFile } from '../own-file';

const lockName = /^lock-[0-9a-f]{13}\.sock$/;
/** sun_path holds 108 bytes on Linux and 104 on macOS, its last one a NUL. */
const longestSocketPath = 100;
const silentAfterMs = 3000;
const denied = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC']);
const starting = 'starting\n';

type Answer =
  | { readonly kind: 'gone' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'held'; readonly holder: string }
  | { readonly kind: 'forbidden' };

/**
 * One process a directory, by a Unix socket that listens in it: the kernel closes it with the process, so a lock never
 * outlives its holder, whatever its pid (in containers it is always 1) and however it died.
 *
 * Each starter listens under a random name of its own, then asks every other socket that it finds:
 * asking → held | lost. Nobody there (refused): a dead one's file, removed. `held by …`: lost. Still `starting`: of two
 * starters the later name gives up, the earlier name waits for what becomes of the other, because that one may have
 * looked before it came. So at most one holds, and of those that start together one wins.
 */
export class DirectoryLock {
  readonly #waiting = new Set<Socket>();
  #holding = false;
  readonly #directory: string;
  readonly #descriptor: number;
  readonly #name: string;
  readonly #identity: string;
  readonly #server: Server;

  private constructor(directory: string, descriptor: number, name: string, identity: string, server: Server) {
    this.#directory = directory;
    this.#descriptor = descriptor;
    this.#name = name;
    this.#identity = identity;
    this.#server = server;

    server.on('connection', (socket) => this.#asPromise(socket));
    server.unref();
  }

  /** Throws StoreConfigurationError that names the directory and the holder. */
  static async acquire(
    directory: string,
    context: { readonly clock: Clock; readonly random: Random },
  ): Promise<DirectoryLock> {
    const descriptor = openSync(directory, 'r');
    const name = `lock-${Math.floor(context.random() * 0x10_0000_0000_0000)
      .toString(16)
      .padStart(13, '0')}.sock`;
    const identity = `process ${process.pid} on ${hostname()}, since ${new Date(context.clock.now()).toISOString()}`;
    const server = createServer();
    const lock = new DirectoryLock(directory, descriptor, name, identity, server);
    try {
      await lock.#listen();
      await lock.#askOthers();
    } catch (error) {
      await lock.release();
      throw error;
    }
    lock.#hold();
    return lock;
  }

  async release(): Promise<void> {
    this.#holding = false;
    for (const socket of this.#waiting) socket.destroy();
    if (this.#server.listening) await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    closeSync(this.#descriptor);
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        const isLimit = ['EMFILE', 'ENFILE'].includes(errorCode(error));
        const reason = denied.has(errorCode(error))
          ? explain(error)
          : isLimit
            ? `too many files are open (${errorCode(error)}); raise the limit (ulimit -n)`
            : `a Unix socket cannot be made there (${errorCode(error)}); use a local file system`;
        reject(cannotOpen(`data directory ${this.#directory} cannot be locked: ${reason}`, error));
      });
      this.#server.listen(this.#path(this.#name), resolve);
    });
  }

  async #askOthers(): Promise<void> {
    const names = readdirSync(this.#directory).filter((name) => lockName.test(name) && name !== this.#name);
    for (const name of names.sort()) {
      if (lstatSync(join(this.#directory, name), { throwIfNoEntry: false })?.isSocket() === false) {
        // No process made that, and a link to another's lock would say nothing of this directory.
        removeOwnFile(join(this.#directory, name));
        continue;
      }
      const answer = await ask(this.#path(name), name > this.#name);
      switch (answer.kind) {
        case 'gone':
          removeOwnFile(join(this.#directory, name));
          break;
        case 'starting':
          throw this.#lost('another process that is starting');
        case 'held':
          throw this.#lost(answer.holder);
        case 'forbidden':
          throw new StoreConfigurationError(
            `data directory ${this.#directory} is or was held by another user: ${name} may not be asked; stop that relay, or remove the file if it is gone`,
          );
        default: {
          const impossible: never = answer;
          throw new Error(`unexpected answer ${JSON.stringify(impossible)}`);
        }
      }
    }
  }

  #lost(holder: string): StoreConfigurationError {
    return new DataDirectoryInUseError(
      `data directory ${this.#directory} is in use by ${holder}; stop that one, or set another data_dir (or REDIS_URL, for several replicas)`,
    );
  }

  #hold(): void {
    this.#holding = true;
    for (const socket of this.#waiting) socket.end(this.#identity);
  }

  #asPromise(socket: Socket): void {
    this.#waiting.add(socket);
    socket.unref();
    socket.on('error', () => {});
    socket.on('close', () => this.#waiting.delete(socket));
    if (this.#holding) socket.end(this.#identity);
    else socket.write(starting);
  }

  /** A path that fits into sun_path however deep the directory lies. */
  #path(name: string): string {
    const path = join(this.#directory, name);
    if (Buffer.byteLength(path) <= longestSocketPath) return path;
    if (process.platform === 'linux') return `/proc/self/fd/${this.#descriptor}/${name}`;
    throw new StoreConfigurationError(
      `data directory ${this.#directory} has too long a path for its lock; at most 80 bytes`,
    );
  }
}

/** `patient`: while the other is starting, waits for what becomes of it; else that is the answer. */
function ask(path: string, patient: boolean): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    let connected = false;
    let text = '';
    const done = (answer: Answer): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(
      () => done({ kind: 'held', holder: 'a process that does not answer (stopped?)' }),
      silentAfterMs,
    );
    socket.setEncoding('utf8');
    socket.on('connect', () => (connected = true));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text === starting && !patient) done({ kind: 'starting' });
    });
    socket.on('end', () => {
      const holder = text.startsWith(starting) ? text.slice(starting.length) : text;
      done(holder === '' ? { kind: 'gone' } : { kind: 'held', holder });
    });
    socket.on('error', (error) => {
      const code = errorCode(error);
      if (code === 'EACCES' || code === 'EPERM') done({ kind: 'forbidden' });
      else if (code === 'EAGAIN') done({ kind: 'held', holder: 'a process that does not answer (stopped?)' });
      else
        done(
          connected || code === 'ECONNREFUSED' || code === 'ENOENT'
            ? { kind: 'gone' }
            : { kind: 'held', holder: `an unknown process (${code})` },
        );
    });
  });
}
