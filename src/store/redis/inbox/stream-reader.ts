import { Command, type Redis } from 'ioredis';
import type { Lane } from '../../../domain/lane';
import { readStreamReply, type StoredEntry } from './entry-reply';
import { isMissingGroup } from '../server/failures';

export interface StreamReaderParts {
  /** A connection of its own to the server that holds the streams; null while that is not known. */
  readonly connect: () => Redis | null;
  /** Before anything is read: see `enter`. */
  readonly enter: (client: Redis) => Promise<void>;
  readonly consumer: string;
  readonly key: (lane: Lane) => string;
  /** CLIENT UNBLOCK, on another connection to the same server. */
  readonly unblock: (clientId: string) => Promise<unknown>;
}

/**
 * Waits for fresh entries of one partition, on a connection of its own, because a waiting read holds up all behind it.
 *
 * disconnected → idle → waiting (one read, at most for its time) → idle. A read that failed, or found that the streams
 * have moved, drops the connection; the next one makes a new one.
 */
export class StreamReader {
  #client: Redis | null = null;
  #clientId: string | null = null;
  #reading: Promise<StoredEntry[]> | null = null;
  #interrupted = false;
  readonly #parts: StreamReaderParts;

  constructor(parts: StreamReaderParts) {
    this.#parts = parts;
  }

  get waiting(): boolean {
    return this.#reading !== null;
  }

  /** Resolves with what arrived, [] when nothing did in time. Rejects when the server cannot answer. */
  read(lanes: readonly Lane[], count: number, waitMs: number): Promise<StoredEntry[]> {
    this.#interrupted = false;
    const reading = this.#read(lanes, count, waitMs).finally(() => (this.#reading = null));
    this.#reading = reading;
    return reading;
  }

  /** Ends a read that waits, with [] or with what came first. Resolves when none is under way any more. */
  async interrupt(): Promise<void> {
    if (this.#reading === null) return;
    this.#interrupted = true;
    if (this.#clientId !== null) await this.#parts.unblock(this.#clientId).catch(() => {});
    await this.#reading?.catch(() => {});
  }

  close(): void {
    this.#client?.disconnect();
    this.#client = null;
    this.#clientId = null;
  }

  async #read(lanes: readonly Lane[], count: number, waitMs: number): Promise<StoredEntry[]> {
    const client = await this.#connected();
    if (this.#interrupted) return [];
    const streams = lanes.map((lane) => this.#parts.key(lane));
    const command = new Command('XREADGROUP', [
      'GROUP',
      'relay',
      this.#parts.consumer,
      'COUNT',
      String(count),
      'BLOCK',
      String(Math.max(1, Math.ceil(waitMs))),
      'STREAMS',
      ...streams,
      ...streams.map(() => '>'),
    ]);
    try {
      return readStreamReply(await client.sendCommand(command));
    } catch (error) {
      // The claim script, which runs before every read, makes groups that are missing.
      if (isMissingGroup(error)) return [];
      this.close();
      throw error;
    }
  }

  async #connected(): Promise<Redis> {
    const known = this.#client;
    if (known !== null && known.status === 'ready' && this.#clientId !== null) return known;
    this.close();
    const client = this.#parts.connect();
    if (client === null) throw new Error('the server of the stream is not known');
    this.#client = client;
    // What ails it is known from the other connections.
    client.on('error', () => {});
    client.once('close', () => {
      if (this.#client === client) this.close();
    });
    await client.connect();
    await this.#parts.enter(client);
    this.#clientId = String(await client.client('ID'));
    return client;
  }
}
