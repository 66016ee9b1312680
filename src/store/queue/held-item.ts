/**
 * An item in the hands of a drain. waiting (to be sent, or sent and not answered) → done, or failed → waiting again. Set aside, it
 * keeps its place in the queue and not its bytes.
 */
export class HeldItem<T> {
  state: 'waiting' | 'done' | 'failed' = 'waiting';
  error: unknown = null;
  /** While the receiver took others, or refused this one alone. */
  failures = 0;
  /** Set aside because a part of the receiver is away. */
  isOutage = false;
  isAside = false;
  bytes = 0;
  #value: T | null = null;
  #wasRefused = false;

  constructor(readonly sequence: number) {}

  hold(value: T, bytes: number): void {
    this.#value = value;
    this.bytes = bytes;
    this.state = 'waiting';
    this.isOutage = false;
    this.isAside = false;
  }

  /** Never rejects. An answer that comes after its round was given up still counts while the item is in hand. */
  async send(send: (value: T) => Promise<void>): Promise<void> {
    if (this.#value === null) return;
    try {
      await send(this.#value);
      this.state = 'done';
    } catch (error) {
      if (this.state === 'done') return;
      this.state = 'failed';
      this.error = error;
    }
  }

  letGo(isOutage: boolean): void {
    this.#value = null;
    this.isAside = true;
    this.isOutage = isOutage;
  }

  /** It is refused, and was not before. */
  isNew(isOutage: boolean): boolean {
    const isNew = !isOutage && !this.#wasRefused;
    this.#wasRefused ||= !isOutage;
    return isNew;
  }
}
