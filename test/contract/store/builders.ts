import type { Device } from '../../../src/domain/device';
import type { DeadLetter } from '../../../src/domain/dead-letter';
import type { InboxEntry } from '../../../src/domain/inbox-entry';
import type { Lane } from '../../../src/domain/lane';
import type { PendingDelivery } from '../../../src/domain/pending-delivery';
import type { InboxEvent } from '../../../src/store/ports/inbox';
import type { Store } from '../../../src/store/ports/store';
import type { TraceSegment, TraceStep } from '../../../src/store/ports/traces';

export const route = 'apns/production/default';
export const never = new AbortController().signal;

/** Uids that an adapter is likely to get wrong: separators, quotes, NUL, templates, hash tags, 256 bytes. */
export const awkwardUids: readonly string[] = [
  'a',
  'a:',
  'a:b',
  ':b',
  'a\u0000',
  'a\u0000b',
  '\u0000',
  '{a}',
  '{a}:{b}',
  '}{',
  '"',
  "'; --",
  'a b',
  ' a',
  'a ',
  '*',
  '?[a-z]',
  '../..',
  '%2e%2e',
  '__proto__',
  'constructor',
  '用户',
  '👩‍👩‍👧‍👦',
  '\u00e9',
  'e\u0301',
  '\u00ff\u00fe',
  '\n\r\t',
  'x'.repeat(256),
  `${'x'.repeat(255)}y`,
  '漢'.repeat(85),
  '0',
  '00',
  '-1',
  'null',
  '[]',
];

export function anEvent(id: string, changes: Partial<InboxEvent> = {}): InboxEvent {
  return {
    bodyId: id,
    lane: 'direct',
    receivedAtMs: 1_767_000_000_000,
    body: Buffer.from(`body of ${id}`),
    recipients: [['alice']],
    ...changes,
  };
}

export function claimAll(
  store: Store,
  lanes: Partial<Record<Lane, number>> = { direct: 1_000, bulk: 1_000 },
): Promise<InboxEntry[]> {
  return store.inbox.claim({ direct: 0, bulk: 0, ...lanes }, 0, never);
}

/** Claims the one entry that waits. */
export async function claimOne(store: Store): Promise<InboxEntry> {
  const [entry, ...others] = await claimAll(store);
  if (entry === undefined || others.length > 0)
    throw new Error(`expected one entry, got ${others.length + (entry ? 1 : 0)}`);
  return entry;
}

export function aPending(id: string, changes: Partial<PendingDelivery> = {}): PendingDelivery {
  return {
    id,
    bodyId: 'm1',
    route,
    uid: 'alice',
    deviceId: 'phone',
    tokenKind: 'alert',
    attempts: 1,
    ambiguousAttempts: 0,
    dueAtMs: 1_767_000_000_000,
    receivedAtMs: 1_767_000_000_000,
    lastReason: null,
    parked: false,
    ...changes,
  };
}

/** Brings deliveries in the way they come: an entry is appended, claimed and settled with them. */
export async function bringIn(store: Store, pending: readonly PendingDelivery[]): Promise<void> {
  for (const bodyId of new Set(pending.map((one) => one.bodyId))) {
    await store.inbox.append(anEvent(bodyId));
    const entry = await claimOne(store);
    await store.inbox.settle([
      { id: entry.id, bodyId, pending: pending.filter((one) => one.bodyId === bodyId) },
    ]);
  }
}

export function aDevice(uid: string, deviceId: string, changes: Partial<Device> = {}): Device {
  return {
    uid,
    deviceId,
    app: 'default',
    provider: 'apns',
    platform: 'ios',
    lane: 'production',
    token: `aa${Buffer.from(`${uid}/${deviceId}`).toString('hex')}`,
    voipToken: null,
    locale: null,
    timezone: null,
    preview: null,
    deviceFlag: null,
    appVersion: null,
    model: null,
    registeredAtMs: 1_767_000_000_000,
    lastActiveAtMs: null,
    lastAcceptedAtMs: null,
    lastFailureAtMs: null,
    lastFailureReason: null,
    rejectionsInRow: 0,
    suspendedUntilMs: null,
    throttledUntilMs: null,
    ...changes,
  };
}

export function aLetter(number: number, changes: Partial<DeadLetter> = {}): DeadLetter {
  return {
    id: `0197${String(number).padStart(8, '0')}`,
    atMs: Date.UTC(2026, 0, 2) + number,
    source: 'delivery',
    reason: 'attempts exhausted',
    detail: null,
    messageId: '9007199254740993',
    route,
    receivedAtMs: Date.UTC(2026, 0, 1),
    recipients: [{ uid: 'alice', deviceId: 'phone', tokenKind: 'alert' }],
    body: Buffer.from(`body ${number}`),
    bodyTruncated: false,
    ...changes,
  };
}

export function aStep(changes: Partial<TraceStep> = {}): TraceStep {
  return {
    uid: 'alice',
    deviceId: null,
    step: 'planned',
    atMs: 1_767_000_000_005,
    reason: null,
    detail: null,
    provider: null,
    outcome: null,
    attempt: null,
    providerId: null,
    ...changes,
  };
}

/** Of a message to `uid`, planned as it was received. */
export function aTrace(
  messageId: string,
  receivedAtMs: number,
  uid: string,
  changes: Partial<TraceSegment> = {},
): TraceSegment {
  return {
    messageId,
    receivedAtMs,
    origin: { source: 'webhook', fromUid: 'bob', channelId: 'team', channelType: 2, recipients: null },
    counts: {},
    steps: [aStep({ uid, atMs: receivedAtMs })],
    ...changes,
  };
}
