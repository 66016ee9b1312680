import { Counter, type CounterConfiguration } from 'prom-client';

/**
 * A counter whose increments are an addition: prom-client hashes the labels at each of them, which costs more than what
 * is counted. It is told at each scrape.
 */
export class TalliedCounter<L extends string> {
  readonly #tallies = new Map<string, number>();

  constructor(config: CounterConfiguration<L> & { readonly labelNames: readonly L[] }) {
    const names = config.labelNames;
    const tallies = this.#tallies;
    new Counter<L>({
      ...config,
      collect() {
        this.reset();
        for (const [key, count] of tallies) {
          const values = key.split(separator);
          const labels = Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
          this.inc(labels as Record<L, string>, count);
        }
      },
    });
  }

  /** A value for each of the label names, in their order. */
  add(count: number, ...values: readonly string[]): void {
    const key = values.length === 1 ? (values[0] ?? '') : values.join(separator);
    this.#tallies.set(key, (this.#tallies.get(key) ?? 0) + count);
  }
}

const separator = '\n';
