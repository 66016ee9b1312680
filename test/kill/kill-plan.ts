import type { Random } from '../../src/domain/clock';
import { between } from './seeded-random';

/** Where the relay ends itself; the points are described in test/helpers/killable-relay.cjs. */
export interface KillPlan {
  readonly point: 'append' | 'mark' | 'answer' | 'settle';
  readonly count: number;
  /** 0: right at the point; else a timer from there, so that the kill falls anywhere. */
  readonly delayMs: number;
}

export interface Scenario {
  readonly name: string;
  readonly kills: readonly KillPlan[];
  /** What was not answered is sent once more, as WuKongIM's main branch does. */
  readonly resend: boolean;
  /** So few slots at the providers that deliveries have to wait in the store. */
  readonly narrow: boolean;
}

const points = ['append', 'mark', 'answer', 'settle', 'random'] as const;

/** The points in turn; every fourth run with narrow limits, every second with resends, every tenth dies three times. */
export function createScenario(seed: number, messages: number, random: Random): Scenario {
  const times = seed % 10 === 0 ? 3 : 1;
  const named = Array.from(
    { length: times },
    (_, index) => points[(seed + index) % points.length] ?? 'random',
  );
  return {
    name: named.join(', '),
    kills: named.map((point) => createPlan(point, Math.floor(messages / times), random)),
    resend: seed % 2 === 0,
    narrow: seed % 4 === 3,
  };
}

function createPlan(point: (typeof points)[number], messages: number, random: Random): KillPlan {
  const part = (share: number) => between(random, 1, Math.max(1, Math.floor(messages * share)));
  switch (point) {
    case 'append':
      return { point, count: part(0.9), delayMs: 0 };
    case 'mark':
      return { point, count: part(0.7), delayMs: 0 };
    case 'answer':
      return { point, count: part(1.4), delayMs: 0 };
    case 'settle':
      // Settlements are written in batches of what ends in one turn.
      return { point, count: part(0.02), delayMs: 0 };
    case 'random':
      return { point: 'append', count: part(0.9), delayMs: between(random, 1, 40) };
    default:
      return point satisfies never;
  }
}

export function describePlan({ point, count, delayMs }: KillPlan): string {
  return delayMs === 0 ? `${point} ${count}` : `${delayMs} ms after ${point} ${count}`;
}
