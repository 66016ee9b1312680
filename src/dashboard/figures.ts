import type { WebhookResult } from '../observability/webhook-labels';

/** Cumulative figures since the process started: the page makes rates of two of them. Keys as the page reads them. */
export interface Figures {
  /** Messages that webhooks brought. */
  readonly webhooks: number;
  /** Recipients of messages, by what became of them. */
  readonly recipients: Readonly<Record<string, number>>;
  /** Answers of providers. */
  readonly deliveries: readonly {
    readonly provider: string;
    readonly app: string;
    readonly outcome: string;
    readonly count: number;
  }[];
  /** Pushes accepted within so many seconds of their webhook, the last bucket for all. */
  readonly latency: readonly { readonly up_to_seconds: number | null; readonly count: number }[];
  readonly inbox: { readonly direct: number; readonly bulk: number; readonly oldest_seconds: number };
  readonly retries: number;
  readonly parked: number;
  readonly dead_letters: number;
  readonly events_lost: number;
  readonly connections: Readonly<Record<string, number>>;
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** From the text that Prometheus scrapes, so that page and monitoring never disagree. */
export function toFigures(metricsText: string): Figures {
  const samples = readSamples(metricsText);
  const of = (name: string): readonly Sample[] => samples.get(name) ?? [];
  return {
    webhooks: sum(of('relay_webhook_requests_total').filter(({ labels }) => isMessage(labels))),
    recipients: byLabel(of('relay_recipients_total'), 'result'),
    deliveries: of('relay_deliveries_total')
      .filter(({ value }) => value > 0)
      .map(({ labels, value }) => ({
        provider: labels['provider'] ?? '',
        app: labels['app'] ?? '',
        outcome: labels['outcome'] ?? '',
        count: value,
      })),
    latency: of('relay_push_latency_seconds_bucket').map(({ labels, value }) => ({
      up_to_seconds: labels['le'] === '+Inf' ? null : Number(labels['le']),
      count: value,
    })),
    inbox: {
      direct: sum(of('relay_inbox_depth').filter(({ labels }) => labels['lane'] === 'direct')),
      bulk: sum(of('relay_inbox_depth').filter(({ labels }) => labels['lane'] === 'bulk')),
      oldest_seconds: sum(of('relay_inbox_oldest_seconds')),
    },
    retries: sum(of('relay_retries_pending')),
    parked: sum(of('relay_parked')),
    dead_letters: sum(of('relay_dead_letters')),
    events_lost: sum(of('relay_events_lost_total')),
    connections: byLabel(of('relay_provider_connections'), 'provider'),
  };
}

const taken: readonly WebhookResult[] = ['accepted', 'salvaged'];

function isMessage(labels: Sample['labels']): boolean {
  return labels['event'] === 'msg.offline' && taken.some((result) => result === labels['result']);
}

function readSamples(text: string): ReadonlyMap<string, readonly Sample[]> {
  const samples = new Map<string, Sample[]>();
  for (const line of text.split('\n')) {
    const [, name, labelText = '', value] = /^(relay_\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const pairs = [...labelText.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    const labels = Object.fromEntries(pairs.map(([, label = '', text = '']) => [label, text]));
    const others = samples.get(name);
    const sample = { labels, value: Number(value) };
    if (others === undefined) samples.set(name, [sample]);
    else others.push(sample);
  }
  return samples;
}

function sum(samples: readonly Sample[]): number {
  return samples.reduce((total, { value }) => total + value, 0);
}

function byLabel(samples: readonly Sample[], label: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { labels, value } of samples) {
    const name = labels[label] ?? '';
    counts[name] = (counts[name] ?? 0) + value;
  }
  return counts;
}
