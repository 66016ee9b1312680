import { Agent } from 'node:http';
import { postEvent } from '../helpers/client';
import type { TestMessage } from '../kill/traffic';

/** An answer of a relay to a webhook. */
export interface Answered {
  /** By performance.now(). */
  readonly sentAtMs: number;
  readonly tookMs: number;
  readonly slot: number;
}

/**
 * Sends webhooks at a steady rate whatever the answers do (an open loop), in turn to the slots, as a load balancer does.
 *
 * A slot is in rotation while it has a URL. A message is sent → answered 200; or refused (another status: a violation); or
 * its connection was cut or refused: then it goes to another slot, as a balancer and WuKongIM's main branch do, so that
 * the relay may get it twice.
 */
export class Load {
  readonly answered = new Set<TestMessage>();
  readonly answers: Answered[] = [];
  readonly refused: string[] = [];
  /** Sendings that ended without an answer. */
  cut = 0;
  sent = 0;
  readonly #slots: (string | null)[];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 512 });
  readonly #open = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  #turn = 0;

  constructor(
    private readonly messages: readonly TestMessage[],
    private readonly perSecond: number,
    slots: number,
  ) {
    this.#slots = Array.from({ length: slots }, () => null);
  }

  /** Puts a replica into rotation, or with null takes it out: what was sent there stays sent. */
  direct(slot: number, url: string | null): void {
    this.#slots[slot] = url;
  }

  start(): void {
    const startedAt = performance.now();
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * this.perSecond);
      while (this.sent < Math.min(due, this.messages.length)) this.#send();
    }, tickMs);
  }

  /** Sends no more. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Resolves when all that was sent has its answer. */
  async settled(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
    this.#agent.destroy();
  }

  #send(): void {
    const message = this.messages[this.sent];
    this.sent += 1;
    if (message === undefined) return;
    const sending = this.#toSomeSlot(message).finally(() => this.#open.delete(sending));
    this.#open.add(sending);
  }

  async #toSomeSlot(message: TestMessage): Promise<void> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const slot = this.#nextSlot();
      if (slot === null) break;
      if (await this.#post(message, slot)) return;
    }
    this.refused.push(`${message.messageId}: no replica takes it`);
  }

  #nextSlot(): number | null {
    for (let tried = 0; tried < this.#slots.length; tried += 1) {
      this.#turn = (this.#turn + 1) % this.#slots.length;
      if (this.#slots[this.#turn] !== null) return this.#turn;
    }
    return null;
  }

  async #post(message: TestMessage, slot: number): Promise<boolean> {
    const url = this.#slots[slot] ?? '';
    const sentAtMs = performance.now();
    try {
      const { status } = await postEvent(url, 'msg.offline', message.body, this.#agent);
      this.answers.push({ sentAtMs, tookMs: performance.now() - sentAtMs, slot });
      if (status === 200) this.answered.add(message);
      else this.refused.push(`${message.messageId}: ${status}`);
      return true;
    } catch (error) {
      this.cut += 1;
      // Nobody listens there any more: a balancer stops asking.
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED' && this.#slots[slot] === url)
        this.#slots[slot] = null;
      return false;
    }
  }
}

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

const tickMs = 5;
const attempts = 4;
