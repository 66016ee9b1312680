/*
 * Open this file first: it gathers what became of each message, and hands it to the store once a second. `trace-reader.ts` reads
 * it again, `trace-record.ts` puts a message's segments together, and `device-state.ts` says what became of it on one device.
 */

import type { Journey, JourneyStep, MessageOrigin } from '../domain/journey';
import type { TraceEvents } from '../observability/trace-events';
import type { Traces, TraceSegment, TraceStep } from '../store/ports/traces';
import { textHash } from '../store/traces/text-hash';
import { TraceBatch } from '../store/traces/trace-batch';
import { originWithout, peersOf } from '../store/traces/trace-segment';

export interface TraceOptions {
  /** The share of messages that leave a trace, above 0 and at most 1. */
  readonly sample: number;
  /** Of a message to more recipients, those whose push was accepted are counted only. */
  readonly fullUpToRecipients: number;
}

export interface TraceRecorderPorts {
  readonly traces: Pick<Traces, 'append'>;
  readonly events: TraceEvents;
}

interface Gathered {
  readonly messageId: string;
  readonly receivedAtMs: number;
  origin: MessageOrigin | null;
  /** Named at reception, and not planned yet. */
  uids: readonly string[];
  readonly counts: Record<string, number>;
  readonly steps: TraceStep[];
}

/**
 * Gathers the steps of each message in memory. Writes them once a second, or earlier where they are many, one write at a time.
 *
 * idle → gathering (a timer runs) → writing (others are gathered meanwhile) → idle, or gathering. A store that is slow or away
 * costs steps, never time: beyond a bound they are counted and forgotten. stopped: what was gathered has been written.
 */
export class TraceRecorder implements Journey {
  readonly isFollowed = true;
  /** Those of which more may come; what is over as far as is known is among the bytes of the batch. */
  #gathered = new Map<string, Gathered>();
  #batch = new TraceBatch();
  #steps = 0;
  #lost = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  /** Messages of which only what was not accepted is listed; the oldest leave. */
  readonly #large = new Set<string>();
  /** Erased users, and when, ms since the epoch; the oldest leave. */
  readonly #erased = new Map<string, number>();
  readonly #options: TraceOptions;
  readonly #ports: TraceRecorderPorts;

  constructor(options: TraceOptions, ports: TraceRecorderPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  tell(step: JourneyStep): void {
    const { uid, receivedAtMs } = step;
    if (!this.#isTraced(step.messageId) || (uid !== null && this.#isErased(uid, receivedAtMs))) return;
    if (this.#steps >= stepsHeld) {
      this.#lost += 1;
      return;
    }
    this.#steps += 1;
    const gathered = this.#of(step);
    if (step.origin !== undefined) this.#remember(gathered, this.#withoutErased(step.origin, receivedAtMs));
    if (step.step === 'received')
      gathered.uids = this.#large.has(step.messageId)
        ? []
        : (step.uids ?? []).filter((named) => !this.#isErased(named, receivedAtMs));
    else if (step.step === 'planned' && this.#large.has(step.messageId)) count(gathered, 'pushed');
    else if (!this.#isCountedOnly(step)) gathered.steps.push(toTraceStep(step, step.uid));
    if (isOver(gathered, step)) this.#close(gathered);
    this.#writeSoon();
  }

  /** What is under way for the user ends untold: an answer of a provider may come after the erasure. */
  eraseUser(uid: string, nowMs: number): void {
    this.#erased.delete(uid);
    if (this.#erased.size >= erasedRemembered) this.#erased.delete(this.#erased.keys().next().value ?? '');
    this.#erased.set(uid, nowMs);
  }

  /** Resolves when the store has what was told until now, or has refused it. */
  async flush(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    await this.#write();
  }

  /** A push to many: that it was accepted at once is told by the count of those who are not listed. */
  #isCountedOnly({ messageId, outcome, isTold = false }: JourneyStep): boolean {
    return outcome === 'accepted' && !isTold && this.#large.has(messageId);
  }

  #isErased(uid: string, receivedAtMs: number): boolean {
    if (this.#erased.size === 0) return false;
    return receivedAtMs <= (this.#erased.get(uid) ?? Number.NEGATIVE_INFINITY);
  }

  /** An erased sender, or the peer of a conversation, is named by nobody's message that was under way. */
  #withoutErased(origin: MessageOrigin, receivedAtMs: number): MessageOrigin {
    if (this.#erased.size === 0) return origin;
    return peersOf(origin)
      .filter((uid) => this.#isErased(uid, receivedAtMs))
      .reduce<MessageOrigin>((left, uid) => originWithout(left, uid), origin);
  }

  /** All replicas agree on it. */
  #isTraced(messageId: string): boolean {
    const { sample } = this.#options;
    return sample >= 1 || textHash(messageId) < sample * 2 ** 32;
  }

  #of({ messageId, receivedAtMs }: JourneyStep): Gathered {
    const known = this.#gathered.get(messageId);
    if (known !== undefined) return known;
    const gathered: Gathered = {
      messageId,
      receivedAtMs,
      origin: null,
      uids: [],
      counts: {},
      steps: [],
    };
    this.#gathered.set(messageId, gathered);
    return gathered;
  }

  #remember(gathered: Gathered, origin: MessageOrigin): void {
    gathered.origin ??= origin;
    // It is for a few, of whom is told already what came of it before.
    if (origin.source === 'replay') return void this.#large.delete(gathered.messageId);
    if ((origin.recipients ?? 0) <= this.#options.fullUpToRecipients) return;
    if (this.#large.has(gathered.messageId)) return;
    if (this.#large.size >= largeRemembered) this.#large.delete(this.#large.values().next().value ?? '');
    this.#large.add(gathered.messageId);
  }

  /** What comes all the same is a segment of its own. */
  #close(gathered: Gathered): void {
    this.#gathered.delete(gathered.messageId);
    this.#batch.add(toSegment(gathered));
  }

  #writeSoon(): void {
    if (this.#steps >= stepsAtOnce) void this.#write();
    else this.#timer ??= setTimeout(() => void this.#write(), writeEveryMs).unref();
  }

  #write(): Promise<void> {
    if (this.#writing !== null) return this.#writing;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#steps === 0 && this.#lost === 0) return Promise.resolve();
    for (const gathered of this.#gathered.values()) this.#batch.add(toSegment(gathered));
    const batch = this.#batch;
    const steps = this.#steps;
    if (this.#lost > 0) this.#ports.events.lost(this.#lost, null);
    this.#gathered = new Map();
    this.#batch = new TraceBatch();
    this.#steps = 0;
    this.#lost = 0;
    this.#writing = this.#ports.traces
      .append(batch)
      .then(
        () => {
          if (this.#lost === 0) this.#ports.events.kept();
        },
        (error: unknown) => this.#ports.events.lost(steps, error),
      )
      .finally(() => {
        this.#writing = null;
        if (this.#steps > 0) this.#writeSoon();
      });
    return this.#writing;
  }
}

/** Of a message to one person, nothing else is likely to come. */
function isOver({ origin }: Gathered, { step, deviceId, outcome }: JourneyStep): boolean {
  return origin?.recipients === 1 && (outcome === 'accepted' || (step === 'skipped' && deviceId === null));
}

/** Whoever is named and has no step yet is received. */
function toSegment({ messageId, receivedAtMs, origin, uids, counts, steps }: Gathered): TraceSegment {
  const received = { deviceId: null, step: 'received', reason: null, atMs: receivedAtMs } as const;
  for (const uid of uids) if (!steps.some((step) => step.uid === uid)) steps.push(toTraceStep(received, uid));
  return { messageId, receivedAtMs, origin, counts, steps };
}

type ToldStep = Omit<JourneyStep, 'messageId' | 'receivedAtMs' | 'uid'>;

/** Field by field: V8 takes microseconds for what stands behind a spread. */
function toTraceStep(step: ToldStep, uid: string | null): TraceStep {
  return {
    uid,
    deviceId: step.deviceId,
    step: step.step,
    atMs: step.atMs,
    reason: step.reason,
    detail: step.detail ?? null,
    provider: step.provider ?? null,
    outcome: step.outcome ?? null,
    attempt: step.attempt ?? null,
    providerId: step.providerId ?? null,
  };
}

function count({ counts }: Gathered, result: string): void {
  counts[result] = (counts[result] ?? 0) + 1;
}

const writeEveryMs = 1_000;
/** Some 200 KB. */
const stepsAtOnce = 2_000;
/** Some 20 MB of memory, while the store is slow. */
const stepsHeld = 50_000;
const largeRemembered = 1_000;
const erasedRemembered = 10_000;
