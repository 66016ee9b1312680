/** What has arrived, in order: taken one by one, or waited for. */
export class Arrivals<T> {
  readonly all: T[] = [];
  #taken = 0;
  readonly #takers: ((item: T) => void)[] = [];

  push(item: T): void {
    this.all.push(item);
    const taker = this.#takers.shift();
    if (taker === undefined) return;
    this.#taken += 1;
    taker(item);
  }

  next(): Promise<T> {
    if (this.#taken < this.all.length) return Promise.resolve(this.all[this.#taken++] as T);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  async take(count: number): Promise<T[]> {
    const items: T[] = [];
    while (items.length < count) items.push(await this.next());
    return items;
  }

  /** Arrived, but not taken. */
  get left(): number {
    return this.all.length - this.#taken;
  }
}
