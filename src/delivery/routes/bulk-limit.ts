import type { Lane } from '../../domain/lane';

/**
 * How many slots of a route the bulk lane may hold: as many as keep the provider busy, and no more. More would not be
 * faster, because provider and process answer at their own speed; it would be a queue, in which a person's message
 * stands behind a group's. So the limit follows the answers, as TCP Vegas does.
 *
 * following: after each window of answers the limit grows by a quarter while they come about as soon as with little in
 * flight, and shrinks when they take much longer.
 * draining → measuring: now and then the limit is at its least for two windows; the second one says how long an answer
 * takes without a queue. A window without bulk answers says the same, at no cost.
 */
export class BulkLimit {
  readonly #least: number;
  #limit: number;
  #phase: 'following' | 'draining' | 'measuring' = 'following';
  /** Limit to go on with after measuring. */
  #resume: number;
  /** What an answer takes without a queue; null: not known yet. */
  #baseMs: number | null = null;
  #windowEndsAtMs = 0;
  #measureAtMs = 0;
  /** The newest answers of the window, as a ring. */
  readonly #tookMs = new Float64Array(samples);
  #answers = 0;
  #bulkAnswers = 0;
  #pressed = false;

  constructor(private readonly most: number) {
    this.#least = Math.min(leastLimit, most);
    this.#limit = Math.min(firstLimit, most);
    this.#resume = this.#limit;
  }

  get value(): number {
    return this.#limit;
  }

  /** Bulk deliveries wait for it: only then does it grow. */
  press(): void {
    this.#pressed = true;
  }

  answered(lane: Lane, tookMs: number, nowMs: number): void {
    this.#tookMs[this.#answers % samples] = tookMs;
    this.#answers += 1;
    if (lane === 'bulk') this.#bulkAnswers += 1;
    if (nowMs < this.#windowEndsAtMs || this.#answers < enoughAnswers) return;
    this.#endWindow(this.#median(), nowMs);
    this.#answers = 0;
    this.#bulkAnswers = 0;
    this.#pressed = false;
    this.#windowEndsAtMs = nowMs + Math.min(longestWindowMs, Math.max(windowMs, this.#baseMs ?? 0));
  }

  #endWindow(medianMs: number, nowMs: number): void {
    switch (this.#phase) {
      case 'following':
        return this.#follow(medianMs, nowMs);
      case 'draining':
        this.#phase = 'measuring';
        return;
      case 'measuring':
        this.#measured(medianMs, nowMs);
        this.#phase = 'following';
        this.#limit = this.#resume;
        return;
      default:
        return this.#phase satisfies never;
    }
  }

  #follow(medianMs: number, nowMs: number): void {
    if (this.#bulkAnswers === 0 || this.#baseMs === null || medianMs < this.#baseMs)
      this.#measured(medianMs, nowMs);
    const baseMs = this.#baseMs ?? medianMs;
    const soonMs = baseMs * 1.5 + slackMs;
    if (medianMs > baseMs * 2 + 2 * slackMs) {
      this.#limit = Math.max(this.#least, Math.floor(this.#limit * Math.max(0.5, soonMs / medianMs)));
    } else if (medianMs <= soonMs && this.#pressed) {
      this.#limit = Math.min(this.most, Math.ceil(this.#limit * growth));
    }
    if (nowMs >= this.#measureAtMs) this.#measure(medianMs, nowMs);
  }

  #measure(medianMs: number, nowMs: number): void {
    if (this.#limit <= this.#least) return this.#measured(medianMs, nowMs);
    this.#phase = 'draining';
    this.#resume = Math.max(this.#least, Math.floor(this.#limit * 0.75));
    this.#limit = this.#least;
  }

  #measured(medianMs: number, nowMs: number): void {
    this.#baseMs = medianMs;
    this.#measureAtMs = nowMs + Math.max(measureEveryMs, windowsBetween * medianMs);
  }

  #median(): number {
    const sorted = this.#tookMs.slice(0, Math.min(this.#answers, samples)).sort();
    return sorted[sorted.length >> 1] ?? 0;
  }
}

const samples = 64;
const leastLimit = 8;
const firstLimit = 64;
const growth = 5 / 4;
const windowMs = 100;
const longestWindowMs = 1_000;
const enoughAnswers = 8;
const measureEveryMs = 10_000;
/** Two windows of a slow provider stay a small part of the time. */
const windowsBetween = 50;
/** What the clock and a turn of the event loop add. */
const slackMs = 2;
