import type { Clock } from '../domain/clock';
import type { Page } from '../store/ports/dead-letters';
import type { Traces } from '../store/ports/traces';
import { isAfter } from '../store/traces/newest-messages';
import { recordFor, recordOf, type TraceRecord } from './trace-record';
import type { TraceRecorder } from './trace-recorder';

export interface TraceReaderPorts {
  readonly traces: Traces;
  /** The share of messages that leave a trace; 0: none. */
  readonly sample: number;
  /** Null: nothing is recorded. */
  readonly recorder: Pick<TraceRecorder, 'flush' | 'eraseUser'> | null;
  /** How long traces live. */
  readonly maxAgeMs: number;
  readonly clock: Clock;
}

/** What became of messages, of this process up to now. */
export class TraceReader {
  readonly #ports: TraceReaderPorts;

  readonly #startedAtMs: number;

  constructor(ports: TraceReaderPorts) {
    this.#ports = ports;
    this.#startedAtMs = ports.clock.now();
  }

  /** The share of messages that leave a trace; 0: none. */
  get sample(): number {
    return this.#ports.sample;
  }

  /** Null: no webhook and no request has named it since `sinceMs`, or it is not in the sample. */
  async message(messageId: string): Promise<TraceRecord | null> {
    await this.#ports.recorder?.flush();
    const [segments = []] = await this.#ports.traces.read([messageId]);
    return recordOf(segments);
  }

  /** Those that were received last, newest first. Of a message to many no recipients, but counts. */
  async latest(limit: number): Promise<readonly TraceRecord[]> {
    const { traces, recorder } = this.#ports;
    await recorder?.flush();
    const found = await traces.latest(limit);
    return found.flatMap((segments) => recordOf(segments) ?? []);
  }

  /** Those to the uid, newest first, and of each only what is about the uid. */
  async recent(uid: string, limit: number, cursor: string | null): Promise<Page<TraceRecord>> {
    const { traces, recorder } = this.#ports;
    await recorder?.flush();
    const { items, nextCursor } = await traces.recent(uid, limit, cursor);
    const found = items.length === 0 ? [] : await traces.read(items);
    // What came once more is listed once, where it came last.
    const records = found
      .flatMap((segments) => recordFor(uid, segments) ?? [])
      .filter((record) => isAfter(cursor, record));
    return { items: records, nextCursor };
  }

  /** What is told now, `records` among it, reaches back to then, ms since the epoch. */
  async sinceMs(records: readonly TraceRecord[] = []): Promise<number> {
    const { traces, clock, maxAgeMs } = this.#ports;
    const nowMs = clock.now();
    // Where nothing is kept, this process has heard of nothing either.
    const keptMs = (await traces.sinceMs()) ?? Math.max(this.#startedAtMs, nowMs - maxAgeMs);
    // The store knows when a segment was written, which is after its message was received.
    return Math.min(nowMs, keptMs, ...records.map(({ receivedAtMs }) => receivedAtMs));
  }

  async eraseUser(uid: string): Promise<void> {
    const { traces, recorder, clock } = this.#ports;
    recorder?.eraseUser(uid, clock.now());
    await recorder?.flush();
    await traces.eraseUser(uid);
  }
}
