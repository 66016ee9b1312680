/** One row of the result. */
export interface Measurement {
  /** `scenario/store[/variant]`: what the baseline knows it by. */
  readonly key: string;
  readonly what: string;
  readonly values: readonly Value[];
  readonly targets: readonly Target[];
}

export interface Value {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Compared with the baseline: only what differs little from machine to machine. */
  readonly compared?: 'lower_is_better' | 'higher_is_better';
}

export interface Target {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly sense: 'at_most' | 'at_least';
  readonly met: boolean;
}

export function atMost(name: string, value: number, limit: number): Target {
  return { name, value, limit, sense: 'at_most', met: value <= limit };
}

export function atLeast(name: string, value: number, limit: number): Target {
  return { name, value, limit, sense: 'at_least', met: value >= limit };
}
