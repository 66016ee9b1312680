/**
 * What was made for the last few objects, by identity: a plain ring, because a WeakMap costs more than what is kept here
 * when nearly every object comes once. The oldest leaves for the newest.
 */
export class Recent<Key extends object, Value> {
  private readonly keys: (Key | undefined)[];
  private readonly values: (Value | undefined)[];
  private next = 0;

  constructor(private readonly size: number) {
    this.keys = new Array<Key | undefined>(size).fill(undefined);
    this.values = new Array<Value | undefined>(size).fill(undefined);
  }

  get(key: Key): Value | undefined {
    const index = this.keys.indexOf(key);
    return index === -1 ? undefined : this.values[index];
  }

  set(key: Key, value: Value): void {
    const known = this.keys.indexOf(key);
    const index = known === -1 ? this.next : known;
    if (known === -1) this.next = (this.next + 1) % this.size;
    this.keys[index] = key;
    this.values[index] = value;
  }
}
