import { Agent } from 'node:http';
import { apnsToken, messageBody, postEvent } from '../helpers/client';
import type { Fakes } from '../helpers/fakes';
import type { Phone } from '../kill/traffic';

/**
 * One-to-one messages, each to a user with one phone, without end.
 *
 * idle → pressing (as many on their way as may be, to see what the relay can do) or steady (so many a second, whatever the
 * relay does) → idle. A message is on its way from its sending until a fake provider accepts its push.
 */
export class SoakTraffic {
  readonly phones: readonly Phone[];
  sent = 0;
  answered = 0;
  /** Other statuses than 200, and broken connections. */
  readonly refused: string[] = [];
  accepted = 0;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: connections });
  readonly #stop: readonly (() => void)[];
  readonly #open = new Set<Promise<void>>();
  #press: (() => void) | null = null;

  constructor(fakes: Fakes) {
    this.phones = Array.from({ length: users }, (_, index) => createPhone(index));
    const { apns, fcm } = fakes.sandbox;
    this.#stop = [apns.onAccepted(() => this.#arrived()), fcm.onAccepted(() => this.#arrived())];
  }

  /** Messages a second from end to end, with the way always full. */
  async capacity(url: string, forMs: number): Promise<number> {
    this.#press = () => {
      while (this.sent - this.accepted < onTheirWay) this.#send(url);
    };
    this.#press();
    await pause(forMs / 4);
    const [before, beganAt] = [this.accepted, performance.now()];
    await pause((forMs * 3) / 4);
    const perSecond = ((this.accepted - before) * 1000) / (performance.now() - beganAt);
    this.#press = null;
    await this.settled();
    return perSecond;
  }

  /** Returns the way to end it. */
  steady(url: string, perSecond: number): () => void {
    const [startedAt, before] = [performance.now(), this.sent];
    const timer = setInterval(() => {
      const due = before + ((performance.now() - startedAt) / 1000) * perSecond;
      while (this.sent < due) this.#send(url);
    }, tickMs);
    return () => clearInterval(timer);
  }

  /** Resolves when every message has its answer. */
  async settled(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }

  [Symbol.dispose](): void {
    this.#press = null;
    for (const stop of this.#stop) stop();
    this.#agent.destroy();
  }

  #arrived(): void {
    this.accepted += 1;
    this.#press?.();
  }

  #send(url: string): void {
    const { uid } = this.phones[this.sent % users] ?? { uid: '' };
    this.sent += 1;
    const sending = this.#post(url, messageBody({ to: [uid] })).finally(() => this.#open.delete(sending));
    this.#open.add(sending);
  }

  async #post(url: string, body: string): Promise<void> {
    try {
      const { status } = await postEvent(url, 'msg.offline', body, this.#agent);
      if (status === 200) this.answered += 1;
      else this.refused.push(String(status));
    } catch (error) {
      this.refused.push(String(error));
    }
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function createPhone(index: number): Phone {
  const [uid, deviceId] = [`s${index}`, 'd0'];
  return index % 2 === 0
    ? { uid, deviceId, provider: 'apns', token: apnsToken(`soak/${uid}`) }
    : { uid, deviceId, provider: 'fcm', token: `fcm-soak-${uid}` };
}

const users = 1_000;
const connections = 16;
/** Enough to fill every stage of the way, so few that nothing piles up. */
const onTheirWay = 400;
const tickMs = 10;
