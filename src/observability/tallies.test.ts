import { Counter, Histogram, Registry } from 'prom-client';
import { TalliedCounter } from './metrics/tallied-counter';
import { TalliedHistogram } from './metrics/tallied-histogram';

const buckets = [0.01, 0.1, 1];
const values = [0.001, 0.01, 0.011, 0.5, 1, 7];

describe('a tallied histogram', () => {
  it('renders as prom-client would, without a label', async () => {
    const [own, theirs] = [new Registry(), new Registry()];
    const config = { name: 'took_seconds', help: 'Time', buckets };
    const tallied = new TalliedHistogram({ ...config, registers: [own] });
    const plain = new Histogram({ ...config, registers: [theirs] });
    expect(await own.metrics()).toBe(await theirs.metrics());
    for (const value of values) {
      tallied.observe(value);
      plain.observe(value);
    }
    expect(await own.metrics()).toBe(await theirs.metrics());
  });

  it('renders as prom-client would, with one', async () => {
    const [own, theirs] = [new Registry(), new Registry()];
    const config = { name: 'took_seconds', help: 'Time', buckets };
    const tallied = new TalliedHistogram({ ...config, label: 'provider', registers: [own] });
    const plain = new Histogram({ ...config, labelNames: ['provider'], registers: [theirs] });
    for (const [index, value] of values.entries()) {
      const provider = index % 2 === 0 ? 'apns' : 'fcm';
      tallied.observe(value, provider);
      plain.observe({ provider }, value);
    }
    expect(sorted(await own.metrics())).toEqual(sorted(await theirs.metrics()));
  });
});

describe('a tallied counter', () => {
  it('renders as prom-client would', async () => {
    const [own, theirs] = [new Registry(), new Registry()];
    const config = { name: 'answers_total', help: 'Answers' };
    const tallied = new TalliedCounter({ ...config, labelNames: ['app', 'outcome'], registers: [own] });
    const plain = new Counter({ ...config, labelNames: ['app', 'outcome'], registers: [theirs] });
    for (const [app, outcome, count] of [
      ['main', 'accepted', 1],
      ['main', 'rejected', 3],
      ['main', 'accepted', 2],
    ] as const) {
      tallied.add(count, app, outcome);
      plain.inc({ app, outcome }, count);
    }
    expect(await own.metrics()).toBe(await theirs.metrics());
    expect(await own.metrics()).toBe(await theirs.metrics());
  });
});

function sorted(metrics: string): string[] {
  return metrics.split('\n').sort();
}
