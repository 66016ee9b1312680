/** GET /dashboard/figures. */
export interface Figures {
  readonly at: string;
  readonly status: 'ready' | 'degraded' | 'unavailable';
  readonly checks: readonly Check[];
  readonly webhooks: number;
  readonly recipients: Readonly<Record<string, number>>;
  readonly deliveries: readonly {
    readonly provider: string;
    readonly app: string;
    readonly outcome: string;
    readonly count: number;
  }[];
  readonly latency: readonly Bucket[];
  readonly inbox: { readonly direct: number; readonly bulk: number; readonly oldest_seconds: number };
  readonly retries: number;
  readonly parked: number;
  readonly dead_letters: number;
  readonly events_lost: number;
}

export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'degraded' | 'unavailable';
  readonly detail: string;
}

interface Bucket {
  /** Null: any time. */
  readonly up_to_seconds: number | null;
  readonly count: number;
}

/** Between two polls, or over several of them. */
export interface Rates {
  readonly atSeconds: number;
  readonly messages: number;
  readonly accepted: number;
}

export function ratesBetween(before: Figures, after: Figures): Rates {
  const atSeconds = Date.parse(after.at) / 1000;
  const seconds = Math.max(0.001, atSeconds - Date.parse(before.at) / 1000);
  return {
    atSeconds,
    // A restart begins at 0 again.
    messages: Math.max(0, after.webhooks - before.webhooks) / seconds,
    accepted: Math.max(0, accepted(after) - accepted(before)) / seconds,
  };
}

function accepted({ deliveries }: Figures): number {
  return deliveries.reduce((sum, { outcome, count }) => (outcome === 'accepted' ? sum + count : sum), 0);
}

/**
 * The bucket that holds this share of what was accepted between the two: its upper bound in seconds. Null: nothing was
 * accepted, or it took longer than all bounds.
 */
export function latencyWithin(share: number, before: Figures, after: Figures): number | null {
  const counts = after.latency.map(({ up_to_seconds, count }, at) => ({
    upTo: up_to_seconds,
    count: Math.max(0, count - (before.latency[at]?.count ?? 0)),
  }));
  const all = counts.at(-1)?.count ?? 0;
  if (all === 0) return null;
  return counts.find(({ count }) => count >= all * share)?.upTo ?? null;
}
