interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export interface TurnBatchOptions<Item, Result> {
  /** One round trip; the answers in the order of the items. */
  readonly send: (group: string, items: readonly Item[]) => Promise<readonly Result[]>;
  readonly weigh: (item: Item) => number;
  /** A trip carries no more than this, but for a single item that is heavier. */
  readonly maxWeight: number;
}

/**
 * Gathers what one turn of the event loop asks for, and sends it as one trip a group: a command costs the process five
 * times what an argument of one costs.
 */
export class TurnBatch<Item, Result> {
  #groups = new Map<string, Waiting<Item, Result>[]>();
  #scheduled = false;
  readonly #options: TurnBatchOptions<Item, Result>;

  constructor(options: TurnBatchOptions<Item, Result>) {
    this.#options = options;
  }

  add(group: string, item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = { item, resolve, reject };
      const known = this.#groups.get(group);
      if (known === undefined) this.#groups.set(group, [waiting]);
      else known.push(waiting);
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    this.#scheduled = false;
    const groups = this.#groups;
    this.#groups = new Map();
    const { weigh, maxWeight } = this.#options;
    for (const [group, all] of groups) {
      let trip: Waiting<Item, Result>[] = [];
      let weight = 0;
      for (const waiting of all) {
        const added = weigh(waiting.item);
        if (trip.length > 0 && weight + added > maxWeight) {
          void this.#send(group, trip);
          trip = [];
          weight = 0;
        }
        trip.push(waiting);
        weight += added;
      }
      void this.#send(group, trip);
    }
  }

  async #send(group: string, trip: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#options.send(
        group,
        trip.map(({ item }) => item),
      );
      trip.forEach(({ resolve }, index) => resolve(results[index] as Result));
    } catch (error) {
      for (const { reject } of trip) reject(error);
    }
  }
}
