import type { RecordedPush } from '../../src/sandbox/recorder';
import type { Sandbox } from '../../src/sandbox/sandbox';
import { deliveryKey } from './traffic';

export interface Acceptance {
  /** See `deliveryKey`. */
  readonly key: string;
  /** When the provider answered, ms since the epoch. */
  readonly atMs: number;
}

/** Counts what the fake providers accept, delivery by delivery, also across restarts of the relay. */
export class Tally implements Disposable {
  readonly #counts = new Map<string, number>();
  readonly #repeatKeys = new Map<string, string>();
  readonly #stop: readonly (() => void)[];
  #missing = new Set<string>();
  #complete: () => void = () => {};
  /** All of them, in their order. */
  readonly acceptances: Acceptance[] = [];
  /** Deliveries whose repeat came under another id, so that the phone would not know it for the same. */
  readonly changedIds: string[] = [];

  constructor(sandbox: Pick<Sandbox, 'apns' | 'fcm'>) {
    this.#stop = [
      sandbox.apns.onAccepted((push) => {
        const { message_id: messageId } = push.payload['wukongim'] as { message_id: string };
        this.#add(deliveryKey(messageId, push.token), push);
      }),
      sandbox.fcm.onAccepted((push) => {
        const { message_id: messageId } = push.message['data'] as { message_id: string };
        this.#add(deliveryKey(messageId, push.token), push);
      }),
    ];
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stop) stop();
  }

  get keys(): Iterable<string> {
    return this.#counts.keys();
  }

  get accepted(): number {
    return this.#counts.size;
  }

  get repeats(): number {
    let sum = 0;
    for (const count of this.#counts.values()) sum += count - 1;
    return sum;
  }

  has(key: string): boolean {
    return this.#counts.has(key);
  }

  /** Resolves when each of them was accepted. */
  all(keys: Iterable<string>): Promise<void> {
    this.#missing = new Set([...keys].filter((key) => !this.#counts.has(key)));
    if (this.#missing.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#complete = resolve));
  }

  #add(key: string, { repeatKey, receivedAtMs }: RecordedPush): void {
    this.acceptances.push({ key, atMs: receivedAtMs });
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    const first = this.#repeatKeys.get(key);
    if (first === undefined) this.#repeatKeys.set(key, repeatKey);
    else if (first !== repeatKey) this.changedIds.push(key);
    if (this.#missing.delete(key) && this.#missing.size === 0) this.#complete();
  }
}
