import type { Landing, Phone } from './phones';
import type { Expected } from './scenes';

export interface SceneReport {
  readonly title: string;
  readonly delayed: boolean;
  readonly sentAtMs: number;
  readonly expected: readonly Expected[];
}

export interface Verdict {
  readonly missing: readonly Expected[];
  /** Landings that nobody expected: a repeat, or a phone that should not ring. */
  readonly surplus: readonly Landing[];
  readonly latenciesMs: readonly number[];
}

/** Holds what landed against what had to. */
export function judge(reports: readonly SceneReport[], landings: readonly Landing[]): Verdict {
  const left = new Map<string, Landing[]>();
  for (const landing of landings) {
    const key = keyOf(landing.phone.token, landing.messageId);
    left.set(key, [...(left.get(key) ?? []), landing]);
  }
  const missing: Expected[] = [];
  const latenciesMs: number[] = [];
  for (const { expected, sentAtMs, delayed } of reports) {
    for (const one of expected) {
      const landed = left.get(keyOf(one.phone.token, one.messageId));
      const first = landed?.[0]?.body === one.body ? landed.shift() : undefined;
      if (first === undefined) missing.push(one);
      else if (!delayed) latenciesMs.push(first.atMs - sentAtMs);
    }
  }
  return { missing, surplus: [...left.values()].flat(), latenciesMs: latenciesMs.sort((a, b) => a - b) };
}

export function summaryLines(
  verdict: Verdict,
  landed: number,
  recipients: ReadonlyMap<string, number>,
): string[] {
  const skipped = [...recipients].filter(([result, count]) => result !== 'pushed' && count > 0);
  const { missing, surplus, latenciesMs } = verdict;
  return [
    '',
    '── Summary ' + '─'.repeat(60),
    `accepted   ${landed} notifications`,
    `skipped    ${skipped.map(([result, count]) => `${result} ${count}`).join(', ') || 'none'} (recipients)`,
    `latency    p50 ${quantile(latenciesMs, 0.5)} ms, p99 ${quantile(latenciesMs, 0.99)} ms from webhook to phone (without the outage)`,
    ...missing.map(({ phone, body }) => `MISSING    ${phone.label}: ${body}`),
    ...surplus.map(({ phone, body }) => `TOO MUCH   ${phone.label}: ${body}`),
    missing.length + surplus.length === 0
      ? 'Every phone that had to ring rang once, and no other.'
      : 'Something went wrong.',
  ];
}

/** The same for programs. */
export function summaryObject(
  { missing, surplus, latenciesMs }: Verdict,
  accepted: number,
  recipients: ReadonlyMap<string, number>,
): object {
  return {
    ok: missing.length + surplus.length === 0,
    accepted,
    recipients: Object.fromEntries(recipients),
    latency_ms: { p50: quantile(latenciesMs, 0.5), p99: quantile(latenciesMs, 0.99) },
    missing: missing.map(({ phone, messageId, body }) => whose(phone, messageId, body)),
    surplus: surplus.map(({ phone, messageId, body }) => whose(phone, messageId, body)),
  };
}

function whose({ uid, kind }: Phone, messageId: string | null, body: string): object {
  return { uid, device_id: kind, message_id: messageId, body };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function keyOf(token: string, messageId: string | null): string {
  return `${token} ${messageId ?? ''}`;
}
