import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import { messageBody } from '../helpers/client';
import { webhookSecret } from '../helpers/fakes';
import type { BystanderPlan, BystanderReport, Wait } from './bystander';

const tickMs = 20;
/** What takes longer is looked at; what is shorter is no matter. */
const noticedMs = 100;
const patienceMs = 20_000;
const kept = new Agent({ keepAlive: true, maxSockets: 256 });

/** Asks at a steady rate, whatever the answers do (an open loop). */
class Asker {
  #asked = 0;
  #latestMs = 0;
  readonly #noticed: Wait[] = [];
  readonly #machine: { readonly fromMs: number; readonly toMs: number }[] = [];
  readonly #refused: string[] = [];
  readonly #open = new Set<Promise<void>>();
  #longest: Wait = { what: 'healthz', sentAtMs: 0, tookMs: 0, queuedMs: 0 };
  #longestOfControlMs = 0;
  #timer: NodeJS.Timeout | null = null;
  readonly #plan: BystanderPlan;

  constructor(plan: BystanderPlan) {
    this.#plan = plan;
  }

  start(): void {
    let expectedAt = performance.now() + tickMs;
    this.#timer = setInterval(() => {
      const now = performance.now();
      const lateMs = now - expectedAt;
      this.#latestMs = Math.max(this.#latestMs, lateMs);
      if (lateMs > noticedMs) this.#machine.push({ fromMs: expectedAt, toMs: now });
      expectedAt = now + tickMs;
      this.#ask('control', this.#plan.controlUrl, 'POST', '/', 'x'.repeat(400));
      this.#ask('healthz', this.#plan.relayUrl, 'GET', '/healthz');
      const path = `/webhook/${webhookSecret}?event=msg.offline`;
      this.#ask(
        'webhook',
        this.#plan.relayUrl,
        'POST',
        path,
        messageBody({ to: [`bystander-${this.#asked % 50}`] }),
      );
    }, tickMs);
  }

  async stop(): Promise<BystanderReport> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await Promise.all(this.#open);
    kept.destroy();
    let longestOfRelay = { ...this.#longest, tookMs: 0 };
    for (const wait of [...this.#noticed, this.#longest]) {
      const tookMs = Math.max(0, wait.tookMs - this.#shareOfMachine(wait));
      if (tookMs > longestOfRelay.tookMs) longestOfRelay = { ...wait, tookMs };
    }
    return {
      asked: this.#asked,
      longest: this.#longest,
      longestOfRelay,
      longestOfControlMs: this.#longestOfControlMs,
      latestMs: this.#latestMs,
      refused: this.#refused,
    };
  }

  /**
   * Of a wait: the longest that the control server or this thread was held up meanwhile, or that the relay got no processor. That
   * counts twice, because the hostile ones went on sending, and what they sent is worked off after it.
   */
  #shareOfMachine({ sentAtMs, tookMs, queuedMs }: Wait): number {
    const endMs = sentAtMs + tookMs;
    const overlaps = this.#machine.map(
      ({ fromMs, toMs }) => Math.min(toMs, endMs) - Math.max(fromMs, sentAtMs),
    );
    return Math.max(2 * queuedMs, 0, ...overlaps);
  }

  #ask(what: Wait['what'], url: string, method: string, path: string, body?: string): void {
    if (what !== 'control') this.#asked += 1;
    const asking = this.#answered(what, url, { method, path }, body)
      .catch((error: unknown) => void this.#refused.push(`${what}: ${String(error)}`))
      .finally(() => this.#open.delete(asking));
    this.#open.add(asking);
  }

  #answered(
    what: Wait['what'],
    url: string,
    target: { readonly method: string; readonly path: string },
    body?: string,
  ): Promise<void> {
    const sentAtMs = performance.now();
    const queuedBeforeMs = queuedMs(this.#plan.relayPid);
    return new Promise((resolve, reject) => {
      const asked = request(url, { agent: kept, timeout: patienceMs, ...target }, (response) => {
        response.resume().on('error', reject);
        response.on('end', () => {
          const tookMs = performance.now() - sentAtMs;
          if (response.statusCode !== 200) this.#refused.push(`${what}: ${response.statusCode}`);
          this.#note({ what, sentAtMs, tookMs, queuedMs: queuedMs(this.#plan.relayPid) - queuedBeforeMs });
          resolve();
        });
      });
      asked.on('timeout', () => asked.destroy(new Error(`no answer within ${patienceMs} ms`)));
      asked.on('error', reject);
      asked.end(body);
    });
  }

  #note(wait: Wait): void {
    const { what, sentAtMs, tookMs } = wait;
    if (what === 'control') {
      this.#longestOfControlMs = Math.max(this.#longestOfControlMs, tookMs);
      if (tookMs > noticedMs) this.#machine.push({ fromMs: sentAtMs, toMs: sentAtMs + tookMs });
      return;
    }
    if (tookMs > noticedMs) this.#noticed.push(wait);
    if (tookMs > this.#longest.tookMs) this.#longest = wait;
  }
}

/** How long the main thread of a process was ready to run and had no processor, since its start. */
function queuedMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

const asker = new Asker(workerData as BystanderPlan);
asker.start();
parentPort?.postMessage('started');
parentPort?.once('message', () => void asker.stop().then((report) => parentPort?.postMessage(report)));
