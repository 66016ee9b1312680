import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { TestMessage } from '../kill/traffic';

/** An answer 200 to a webhook. */
export interface Answered {
  /** Milliseconds since the epoch, with fractions. */
  readonly sentAtMs: number;
  readonly tookMs: number;
  readonly slot: number;
}

/** What the thread is started with. */
export interface LoadPlan {
  readonly bodies: readonly string[];
  readonly perSecond: number;
  readonly slots: number;
}

export type LoadOrder =
  | { readonly kind: 'direct'; readonly slot: number; readonly url: string | null }
  | { readonly kind: 'start' }
  | { readonly kind: 'stop' };

export type LoadReport =
  | { readonly kind: 'sent' }
  | { readonly kind: 'answered'; readonly index: number; readonly answer: Answered }
  | { readonly kind: 'refused'; readonly index: number; readonly why: string }
  /** A sending that ended without an answer; reached: the relay may have got it. */
  | { readonly kind: 'cut'; readonly reached: boolean }
  | { readonly kind: 'settled'; readonly p99LateMs: number };

/**
 * A steady load of webhooks from a thread of its own (load-thread.ts), and what came of each.
 *
 * ready → sending → stopped (sends no more) → settled (all that was sent has its answer, the thread has ended).
 */
export class Load {
  readonly answered = new Set<TestMessage>();
  readonly answers: Answered[] = [];
  readonly refused: string[] = [];
  cut = 0;
  /** Of these, sendings that a relay may have got. */
  cutOff = 0;
  sent = 0;
  /** How late the sending thread itself ran, which does nothing else: what of the answers' time is the machine's. */
  p99LateMs = 0;
  readonly #thread: Worker;
  readonly #settled: Promise<void>;
  readonly #messages: readonly TestMessage[];

  constructor(messages: readonly TestMessage[], perSecond: number, slots: number) {
    this.#messages = messages;

    const workerData: LoadPlan = { bodies: messages.map(({ body }) => body), perSecond, slots };
    this.#thread = new Worker(join(__dirname, 'load-thread.ts'), { workerData });
    this.#settled = new Promise((resolve, reject) => {
      this.#thread.once('error', reject);
      this.#thread.on('message', (report: LoadReport) => {
        if (report.kind !== 'settled') return this.#note(report);
        this.p99LateMs = report.p99LateMs;
        resolve();
      });
    });
    this.#settled.catch(() => {});
  }

  /** Puts a replica into rotation, or with null takes it out: what was sent there stays sent. */
  direct(slot: number, url: string | null): void {
    this.#order({ kind: 'direct', slot, url });
  }

  start(): void {
    this.#order({ kind: 'start' });
  }

  stop(): void {
    this.#order({ kind: 'stop' });
  }

  settled(): Promise<void> {
    return this.#settled;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread.terminate();
  }

  #order(order: LoadOrder): void {
    this.#thread.postMessage(order);
  }

  #note(report: Exclude<LoadReport, { readonly kind: 'settled' }>): void {
    switch (report.kind) {
      case 'sent':
        this.sent += 1;
        return;
      case 'cut':
        this.cut += 1;
        if (report.reached) this.cutOff += 1;
        return;
      case 'answered': {
        const message = this.#messages[report.index];
        if (message !== undefined) this.answered.add(message);
        this.answers.push(report.answer);
        return;
      }
      case 'refused':
        this.refused.push(`${this.#messages[report.index]?.messageId}: ${report.why}`);
        return;
      default:
        return report satisfies never;
    }
  }
}

/** Why a message was refused for which no slot was in rotation. */
export const noReplica = 'no replica takes it';

/** The greatest, and the one that 99 of 100 do not exceed; 0 where there is none. */
export function quantiles(answers: readonly Answered[]): {
  readonly p99Ms: number;
  readonly slowestMs: number;
} {
  const sorted = answers.map(({ tookMs }) => tookMs).sort((one, other) => one - other);
  return {
    p99Ms: sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? 0,
    slowestMs: sorted.at(-1) ?? 0,
  };
}
