import { Agent } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import { postEvent } from '../helpers/client';
import { noReplica, type LoadOrder, type LoadPlan, type LoadReport } from './load';

/**
 * Sends webhooks at a steady rate whatever the answers do (an open loop), in turn to the slots, as a load balancer does.
 *
 * In a thread of its own, so that its clock is not held up by the fake providers.
 * A slot is in rotation while it has a URL. A message is sent → answered 200; or refused (another status: a violation); or
 * its connection was cut or refused: then it goes to another slot, as a balancer and WuKongIM's main branch do, so that
 * the relay may get it twice.
 */
class Sender {
  #sent = 0;
  readonly #slots: (string | null)[];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 512 });
  readonly #lateMs: number[] = [];
  readonly #open = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  #turn = 0;
  readonly #plan: LoadPlan;
  readonly #report: (report: LoadReport) => void;

  constructor(plan: LoadPlan, report: (report: LoadReport) => void) {
    this.#plan = plan;
    this.#report = report;

    this.#slots = Array.from({ length: plan.slots }, () => null);
  }

  /** Puts a replica into rotation, or with null takes it out: what was sent there stays sent. */
  direct(slot: number, url: string | null): void {
    this.#slots[slot] = url;
  }

  start(): void {
    const startedAt = performance.now();
    let expectedAt = startedAt + tickMs;
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#lateMs.push(Math.max(0, now - expectedAt));
      expectedAt = now + tickMs;
      const due = Math.floor(((now - startedAt) / 1000) * this.#plan.perSecond);
      while (this.#sent < Math.min(due, this.#plan.bodies.length)) this.#send();
    }, tickMs);
  }

  /** Sends no more. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Resolves when all that was sent has its answer, with how late the thread itself ran (p99, milliseconds). */
  async settled(): Promise<number> {
    while (this.#open.size > 0) await Promise.all(this.#open);
    this.#agent.destroy();
    const late = this.#lateMs.sort((one, other) => one - other);
    return late[Math.floor(late.length * 0.99)] ?? 0;
  }

  #send(): void {
    const index = this.#sent;
    this.#sent += 1;
    this.#report({ kind: 'sent' });
    const sending = this.#toSomeSlot(index).finally(() => this.#open.delete(sending));
    this.#open.add(sending);
  }

  async #toSomeSlot(index: number): Promise<void> {
    let slot: number | null = null;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      slot = this.#nextSlot(slot);
      if (slot === null) break;
      if (await this.#post(index, slot)) return;
    }
    this.#report({ kind: 'refused', index, why: noReplica });
  }

  /** Another one than the one that has just cut the connection, where there is one. */
  #nextSlot(cutBy: number | null): number | null {
    for (let tried = 0; tried < this.#slots.length; tried += 1) {
      this.#turn = (this.#turn + 1) % this.#slots.length;
      if (this.#slots[this.#turn] !== null && this.#turn !== cutBy) return this.#turn;
    }
    return cutBy !== null && this.#slots[cutBy] !== null ? cutBy : null;
  }

  async #post(index: number, slot: number): Promise<boolean> {
    const url = this.#slots[slot] ?? '';
    const sentAtMs = wallMs();
    try {
      const { status } = await postEvent(url, 'msg.offline', this.#plan.bodies[index] ?? '', this.#agent);
      const answer = { sentAtMs, tookMs: wallMs() - sentAtMs, slot };
      if (status === 200) this.#report({ kind: 'answered', index, answer });
      else this.#report({ kind: 'refused', index, why: String(status) });
      return true;
    } catch (error) {
      const reached = (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED';
      this.#report({ kind: 'cut', reached });
      // Nobody listens there any more: a balancer stops asking.
      if (!reached && this.#slots[slot] === url) this.#slots[slot] = null;
      return false;
    }
  }
}

/** The same for all threads. */
function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

const tickMs = 5;
const attempts = 4;

const sender = new Sender(workerData as LoadPlan, (report) => parentPort?.postMessage(report));

parentPort?.on('message', (order: LoadOrder) => {
  switch (order.kind) {
    case 'direct':
      return sender.direct(order.slot, order.url);
    case 'start':
      return sender.start();
    case 'stop':
      sender.stop();
      void sender.settled().then((p99LateMs) => {
        parentPort?.postMessage({ kind: 'settled', p99LateMs } satisfies LoadReport);
        parentPort?.close();
      });
      return;
    default:
      return order satisfies never;
  }
});
