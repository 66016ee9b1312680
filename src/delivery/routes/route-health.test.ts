import type { Outcome } from '../../domain/outcome';
import { RouteHealth } from './route-health';

const unavailable: Outcome = {
  kind: 'unavailable',
  reason: 'connection refused',
  ambiguous: false,
  retryAfterMs: null,
};
const throttled = (scope: 'project' | 'device'): Outcome => ({
  kind: 'throttled',
  reason: 'QUOTA_EXCEEDED',
  scope,
  retryAfterMs: null,
});
const real: readonly Outcome[] = [
  { kind: 'accepted', receipt: 'r' },
  { kind: 'unregistered', reason: 'Unregistered', asOfMs: 1 },
  { kind: 'rejected', reason: 'BadCollapseId', blame: 'payload' },
  throttled('device'),
];

describe('RouteHealth', () => {
  it('calls three attempts in a row an outage, and says since when', () => {
    const health = new RouteHealth();
    expect(health.observe(unavailable, 1_000)).toBeNull();
    expect(health.observe(unavailable, 1_001)).toBeNull();
    expect(health.outage(1_001)).toBeNull();
    const trouble = {
      kind: 'unavailable',
      reason: 'connection refused',
      sinceMs: 1_000,
      untilMs: null,
      attempts: 3,
    };
    expect(health.observe(unavailable, 1_002)).toEqual({ change: 'begins', trouble });
    expect(health.observe(unavailable, 1_003)).toBeNull();
    expect(health.outage(1_003)).toEqual({ ...trouble, attempts: 4 });
  });

  it('calls a single attempt an outage after five seconds without a real answer', () => {
    const health = new RouteHealth();
    health.observe(unavailable, 1_000);
    expect(health.outage(5_999)).toBeNull();
    expect(health.outage(6_000)).toMatchObject({ attempts: 1 });
  });

  it.each(real)('heals with the first real answer: %j', (outcome) => {
    const health = new RouteHealth();
    for (let atMs = 0; atMs < 3; atMs += 1) health.observe(unavailable, atMs);
    expect(health.observe(outcome, 10)).toMatchObject({
      change: 'ends',
      trouble: { sinceMs: 0, attempts: 3 },
    });
    expect(health.outage(1_000_000)).toBeNull();
    expect(health.answeredAtMs).toBe(10);
    expect(health.observe(outcome, 11)).toBeNull();
  });

  it.each([...real, unavailable])(
    'keeps a used-up quota until its time, though a call in flight ends with %j',
    (outcome) => {
      const health = new RouteHealth();
      const exhausted: Outcome = { kind: 'exhausted', reason: 'daily quota', untilMs: 100 };
      expect(health.observe(exhausted, 10)).toMatchObject({ change: 'begins' });
      expect(health.observe(outcome, 99)).toBeNull();
      expect(health.outage(99)).toMatchObject({ kind: 'exhausted', untilMs: 100 });
      expect(health.observe({ kind: 'accepted', receipt: 'r' }, 100)).toMatchObject({ change: 'ends' });
      expect(health.outage(100)).toBeNull();
    },
  );

  it('ends a used-up quota at its time though no push comes along, whatever the wall clock does meanwhile', () => {
    const health = new RouteHealth();
    const exhausted: Outcome = { kind: 'exhausted', reason: 'daily quota', untilMs: 1_000_100 };
    health.observe(exhausted, 1_000_000, 10);
    expect(health.outage(109)).toMatchObject({ kind: 'exhausted', sinceMs: 1_000_000 });
    expect(health.outage(110)).toBeNull();
    // Set back by an hour.
    expect(health.observe({ kind: 'accepted', receipt: 'r' }, 1_000_200 - 3_600_000, 110)).toMatchObject({
      change: 'ends',
    });
  });

  it('calls silence after a used-up quota an outage again', () => {
    const health = new RouteHealth();
    health.observe({ kind: 'exhausted', reason: 'daily quota', untilMs: 100 }, 10);
    expect(health.outage(100)).toBeNull();
    health.observe(unavailable, 101);
    expect(health.outage(101)).toMatchObject({ kind: 'unavailable', untilMs: null });
  });

  it('learns nothing from what the relay refused by itself, nor from a refused credential', () => {
    const health = new RouteHealth();
    for (let atMs = 0; atMs < 3; atMs += 1) health.observe(unavailable, atMs);
    health.observe({ kind: 'refused_locally', reason: 'payload_too_large', blame: 'payload' }, 10);
    health.observe({ kind: 'misconfigured', reason: 'InvalidProviderToken' }, 11);
    expect(health.outage(11)).toMatchObject({ attempts: 3 });
    expect(health.answeredAtMs).toBeNull();
  });

  it('gives a provider that slows everyone down a minute', () => {
    const health = new RouteHealth();
    for (let atMs = 0; atMs < 60_000; atMs += 1_000)
      expect(health.observe(throttled('project'), atMs)).toBeNull();
    expect(health.outage(59_999)).toBeNull();
    expect(health.observe(throttled('project'), 60_000)).toMatchObject({ change: 'begins' });
  });
});
