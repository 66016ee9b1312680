import { Histogram, type HistogramConfiguration } from 'prom-client';

interface Tally {
  /** Of each bucket alone; one more for what is over the last bound. */
  readonly counts: Float64Array;
  sum: number;
}

/**
 * A histogram with at most one label whose observations are a few additions: prom-client's cost more than what they
 * measure. What it renders is made of the tallies at each scrape.
 */
export class TalliedHistogram<L extends string = never> {
  readonly #tallies = new Map<string, Tally>();
  readonly #bounds: readonly number[];

  constructor(
    config: HistogramConfiguration<L> & { readonly buckets: readonly number[]; readonly label?: L },
  ) {
    const { label, ...rest } = config;
    this.#bounds = config.buckets;
    if (label === undefined) this.#tallyOf('');
    const histogram = new Histogram<L>({
      ...rest,
      buckets: [...config.buckets],
      labelNames: label === undefined ? [] : [label],
    });
    // What prom-client's own registry asks a histogram for.
    Object.assign(histogram, { getForPromString: () => this.#rendered(config.name, config.help, label) });
  }

  observe(value: number, labelValue = ''): void {
    const tally = this.#tallyOf(labelValue);
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] ?? 0)) index += 1;
    tally.counts[index] = (tally.counts[index] ?? 0) + 1;
    tally.sum += value;
  }

  #tallyOf(labelValue: string): Tally {
    let tally = this.#tallies.get(labelValue);
    if (tally === undefined) {
      tally = { counts: new Float64Array(this.#bounds.length + 1), sum: 0 };
      this.#tallies.set(labelValue, tally);
    }
    return tally;
  }

  #rendered(name: string, help: string, label: L | undefined) {
    const values: { metricName: string; labels: Record<string, string | number>; value: number }[] = [];
    for (const [labelValue, { counts, sum }] of this.#tallies) {
      const labels = label === undefined ? {} : { [label]: labelValue };
      let total = 0;
      counts.forEach((count, index) => {
        total += count;
        const le = this.#bounds[index] ?? '+Inf';
        values.push({ metricName: `${name}_bucket`, labels: { le, ...labels }, value: total });
      });
      values.push({ metricName: `${name}_sum`, labels, value: sum });
      values.push({ metricName: `${name}_count`, labels, value: total });
    }
    return Promise.resolve({ name, help, type: 'histogram', values, aggregator: 'sum' });
  }
}
