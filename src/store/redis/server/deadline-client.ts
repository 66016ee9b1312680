import { Cluster, Command, type Redis } from 'ioredis';
import { StoreUnavailableError } from '../../ports/errors';
import type { Client } from './create-client';
import { isCommandMissing, isMissingScript, toFailure } from './failures';
import type { Script } from '../commands/script';

export type Argument = string | Buffer;

export interface DeadlineClientOptions {
  readonly deadlineMs: number;
  /** Called for each command that is refused while the link is open. */
  readonly onRefused?: (reason: string) => void;
}

/**
 * A client whose every command ends in time.
 *
 * closed (no server, or it is not checked yet: refuses at once) → open → slow (a command missed its deadline: refuses at
 * once, so that nothing piles up before a frozen server) → open again when that command is answered after all, or
 * closed when its connection is given up. On a cluster each node is slow by itself.
 */
export class DeadlineClient {
  readonly #late = new Map<string, number>();
  #open = false;
  #unanswered = 0;
  readonly #options: DeadlineClientOptions;

  constructor(
    readonly client: Client,
    options: DeadlineClientOptions,
  ) {
    this.#options = options;
  }

  get isCluster(): boolean {
    return this.client instanceof Cluster;
  }

  /** The masters that this client knows. */
  masters(): Redis[] {
    return this.client instanceof Cluster ? this.client.nodes('master') : [this.client];
  }

  /** The master that holds the key; null while the cluster's layout is not known. */
  masterOf(key: string): Redis | null {
    if (!(this.client instanceof Cluster)) return this.client;
    const name = nodeOf(this.client, new Command('GET', [key]));
    return this.client.nodes('master').find((master) => nameOf(master) === name) ?? null;
  }

  open(): void {
    this.#open = true;
  }

  shut(): void {
    this.#open = false;
  }

  /** Commands that have no answer yet. */
  get busy(): boolean {
    return this.#unanswered > 0;
  }

  /** Checked, and not shut since, whether or not the client is connected at this moment. */
  get isOpened(): boolean {
    return this.#open;
  }

  get isOpen(): boolean {
    return this.#open && this.client.status === 'ready';
  }

  /** Replies are Buffers where `encoding` is null. Rejects with StoreUnavailableError. */
  async call(name: string, args: readonly Argument[], encoding: 'utf8' | null = null): Promise<unknown> {
    try {
      return await this.#send(name, args, encoding);
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** What a command failed with, as the port says it. */
  failure(error: unknown): Error {
    const failure = toFailure(error);
    if (this.#open && failure instanceof StoreUnavailableError) this.#options.onRefused?.(failure.message);
    return failure;
  }

  /** Runs a script on the server that holds `key`, and hands it over when the server does not know it yet. */
  async run(
    script: Script,
    key: string,
    args: readonly Argument[],
    encoding: 'utf8' | null = null,
  ): Promise<unknown> {
    try {
      return await this.#send('EVALSHA', [script.sha, ...this.keysOf(key), ...args], encoding);
    } catch (error) {
      if (!isMissingScript(error)) throw this.failure(error);
      return this.call('EVAL', [script.source, ...this.keysOf(key), ...args], encoding);
    }
  }

  /** Like `run`, but an unknown script is refused as Redis refuses it. */
  runKnown(script: Script, key: string, args: readonly Argument[]): Promise<unknown> {
    return this.#send('EVALSHA', [script.sha, ...this.keysOf(key), ...args], null);
  }

  /**
   * What EVAL and EVALSHA take as their keys. On a cluster a second one that never exists: while the slot moves, the server
   * that is to get it answers TRYAGAIN to a command with several keys of which one is missing. With a single missing key it
   * would run the script, which would make anew at the one what still lies at the other, and the slot could not go on moving.
   */
  keysOf(key: string): readonly string[] {
    return this.isCluster ? ['2', key, `${key}:never`] : ['1', key];
  }

  /** A command for one master, whatever its keys. */
  async callOn(
    master: Redis,
    name: string,
    args: readonly Argument[],
    encoding: 'utf8' | null = 'utf8',
    extraMs = 0,
  ): Promise<unknown> {
    const command = new Command(name, args as Argument[], { replyEncoding: encoding });
    try {
      return await this.#inTime(command, this.isCluster ? nameOf(master) : '', master, extraMs);
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** As `callOn`, for what the relay does without where it has to: null where the server does not have the command for this user. */
  async askOn(master: Redis, name: string, args: readonly Argument[]): Promise<unknown> {
    const command = new Command(name, args as Argument[], { replyEncoding: 'utf8' });
    try {
      return await this.#inTime(command, this.isCluster ? nameOf(master) : '', master, 0);
    } catch (error) {
      if (isCommandMissing(error)) return null;
      throw this.failure(error);
    }
  }

  async infoOn(master: Redis, sections: readonly string[]): Promise<string | null> {
    const info = await this.askOn(master, 'INFO', sections);
    return typeof info === 'string' ? info : null;
  }

  #send(name: string, args: readonly Argument[], encoding: 'utf8' | null): Promise<unknown> {
    const client = this.client;
    if (!this.isOpen) return Promise.reject(new StoreUnavailableError('Redis cannot be reached'));
    const command = new Command(name, args as Argument[], { replyEncoding: encoding });
    const node = client instanceof Cluster ? nodeOf(client, command) : '';
    return this.#inTime(command, node, client, 0);
  }

  #inTime(command: Command, node: string, client: Client, extraMs: number): Promise<unknown> {
    if (this.#late.size > 0 && this.#late.has(node))
      return Promise.reject(new StoreUnavailableError('Redis does not answer'));
    const deadlineMs = this.#options.deadlineMs + extraMs;
    this.#unanswered += 1;
    return new Promise((resolve, reject) => {
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        this.#late.set(node, (this.#late.get(node) ?? 0) + 1);
        reject(new StoreUnavailableError(`Redis did not answer within ${deadlineMs} ms`));
      }, deadlineMs);
      const end = (): void => {
        this.#unanswered -= 1;
        clearTimeout(timer);
        if (late) this.#answered(node);
      };
      (client.sendCommand(command) as Promise<unknown>).then(
        (reply) => (end(), resolve(reply)),
        (error: unknown) => (end(), reject(error instanceof Error ? error : new Error(String(error)))),
      );
    });
  }

  #answered(node: string): void {
    const left = (this.#late.get(node) ?? 1) - 1;
    if (left === 0) this.#late.delete(node);
    else this.#late.set(node, left);
  }
}

function nodeOf(cluster: Cluster, command: Command): string {
  const slot = command.getSlot();
  return (slot === null ? undefined : cluster.slots[slot]?.[0]) ?? '';
}

/** `host:port` of a cluster node. */
export function nameOf({ options }: Redis): string {
  return `${options.host ?? ''}:${options.port ?? 0}`;
}
