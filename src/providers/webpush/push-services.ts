import { Running } from '../../shared/running';
import { PushService } from './push-service';
import type { WebPushContext, WebPushOptions } from './options';

/** Bounds the connections that whoever registers subscriptions can make the relay open. */
const mostServices = 64;

/** The push services in use, each with its own connections. The one that was unused for longest makes room for another. */
export class PushServices {
  readonly #byLane = new Map<string, PushService>();
  readonly #leaving = new Running();
  readonly #options: WebPushOptions;
  readonly #context: WebPushContext;

  constructor(options: WebPushOptions, context: WebPushContext) {
    this.#options = options;
    this.#context = context;
  }

  /** Whether the operator allows the push service: by its host, and its port where private addresses are no secret. */
  allows(host: string): boolean {
    const { hosts, allowPrivateAddresses } = this.#options;
    const port = /:(\d+)$/.exec(host)?.[1];
    return URL.canParse(`https://${host}`) && (port === undefined || allowPrivateAddresses)
      ? hosts.allows(port === undefined ? host : host.slice(0, -port.length - 1))
      : false;
  }

  /** Null while all are in use. */
  of(host: string, isPrevious: boolean): PushService | null {
    const lane = `${host}${isPrevious ? ' previous' : ''}`;
    const known = this.#byLane.get(lane);
    if (known !== undefined) return known;
    if (this.#byLane.size >= mostServices && !this.#makeRoom()) return null;
    const service = new PushService(host, isPrevious, this.#options, this.#context);
    this.#byLane.set(lane, service);
    return service;
  }

  async close(deadlineMs: number): Promise<void> {
    const open = [...this.#byLane.values()].map((service) => service.close(deadlineMs));
    await Promise.all([...open, this.#leaving.ended()]);
  }

  #makeRoom(): boolean {
    let oldest: string | null = null;
    let oldestAtMs = Number.POSITIVE_INFINITY;
    for (const [lane, { isIdle, usedAtMs }] of this.#byLane) {
      if (!isIdle || usedAtMs >= oldestAtMs) continue;
      oldest = lane;
      oldestAtMs = usedAtMs;
    }
    const service = oldest === null ? undefined : this.#byLane.get(oldest);
    if (oldest === null || service === undefined) return false;
    this.#byLane.delete(oldest);
    this.#leaving.add(service.close(0));
    return true;
  }
}
