export type ProviderOrder =
  /** Starts the peak and the latencies anew. */
  | { readonly kind: 'behave'; readonly latencyMs: number; readonly takesStamps: boolean }
  | { readonly kind: 'hold' }
  | { readonly kind: 'release' }
  | { readonly kind: 'ask' };

export interface ProviderState {
  readonly accepted: number;
  readonly open: number;
  readonly peakOpen: number;
  /** How many pushes held a stamp; from the stamp to the arrival, null without any. */
  readonly stamped: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

export type ProviderReport =
  | { readonly kind: 'ready'; readonly env: Readonly<Record<string, string>>; readonly appsYaml: string }
  | { readonly kind: 'accepted'; readonly accepted: number }
  | ({ readonly kind: 'told' } & ProviderState);
