import type { MessageOrigin } from '../domain/journey';
import type { TraceSegment, TraceStep } from '../store/ports/traces';
import { resultAfter } from '../store/traces/trace-result';
import { stateOf, type DeviceState } from './device-state';

/** What became of one message, as far as its segments tell. */
export interface TraceRecord {
  readonly messageId: string;
  /** Ms since the epoch; of the last reception, where it was received more than once. */
  readonly receivedAtMs: number;
  /** Null: the segment that told is lost. */
  readonly origin: MessageOrigin | null;
  /** Recipients by result, those who are not listed included. */
  readonly counts: Readonly<Record<string, number>>;
  /** In the order in which they were first told of. */
  readonly recipients: readonly TracedRecipient[];
}

export interface TracedRecipient {
  readonly uid: string;
  /**
   * A RecipientResult; `too_late`: the relay itself was too late; `received`: it is in the inbox, and nobody has planned it yet.
   */
  readonly result: string;
  readonly detail: string | null;
  /** Ms since the epoch, of the last step. */
  readonly atMs: number;
  readonly devices: readonly TracedDevice[];
}

export interface TracedDevice {
  readonly deviceId: string;
  readonly provider: TraceStep['provider'];
  readonly state: DeviceState;
  readonly steps: readonly TraceStep[];
}

/** Null: there are no segments. */
export function recordOf(segments: readonly TraceSegment[]): TraceRecord | null {
  const [first] = segments;
  if (first === undefined) return null;
  const byUid = new Map<string, TraceStep[]>();
  const counts: Record<string, number> = {};
  const add = (result: string, count: number): void => void (counts[result] = (counts[result] ?? 0) + count);
  for (const segment of segments) {
    for (const step of segment.steps) {
      if (step.uid === null) continue;
      const known = byUid.get(step.uid);
      if (known === undefined) byUid.set(step.uid, [step]);
      else known.push(step);
    }
    for (const [result, count] of Object.entries(segment.counts)) add(result, count);
  }
  const recipients = [...byUid].map(([uid, steps]) => recipientOf(uid, steps));
  const isCounted = segments.some((segment) => Object.keys(segment.counts).length > 0);
  for (const { uid, result } of recipients)
    // Of a message to many, whoever was planned is among those counted already.
    if (!isCounted || result !== 'pushed' || isListedFirst(byUid.get(uid) ?? [])) add(result, 1);
  if (isCounted) withoutRepeats(counts);
  return {
    messageId: first.messageId,
    receivedAtMs: Math.max(...segments.map(({ receivedAtMs }) => receivedAtMs)),
    origin: originOf(segments),
    counts,
    recipients,
  };
}

/** That of the last reception, as far as it is known. */
function originOf(segments: readonly TraceSegment[]): MessageOrigin | null {
  let last: TraceSegment | null = null;
  for (const segment of segments)
    if (segment.origin !== null && (last === null || segment.receivedAtMs > last.receivedAtMs))
      last = segment;
  return last?.origin ?? null;
}

/** Where recipients are only counted, one who was decided on is counted once more when the message came, or came again. */
function withoutRepeats(counts: Record<string, number>): void {
  const { received = 0, duplicate = 0, ...decided } = counts;
  const sum = Object.values(decided).reduce((total, count) => total + count, 0);
  for (const [result, count] of Object.entries({ received, duplicate })) {
    if (count > sum) counts[result] = count - sum;
    else delete counts[result];
  }
}

/** Only what is about the uid: how many others are muted, and when the message came once more for them, is their own affair. */
export function recordFor(uid: string, segments: readonly TraceSegment[]): TraceRecord | null {
  const record = recordOf(segments.filter(({ steps }) => steps.some((step) => step.uid === uid)));
  if (record === null) return null;
  const recipients = record.recipients.filter((recipient) => recipient.uid === uid);
  const counts = Object.fromEntries(recipients.map(({ result }) => [result, 1]));
  return { ...record, origin: record.origin ?? originOf(segments), counts, recipients };
}

/** The first that was decided on the recipient is listed. Before that of a replay stands what came of the device. */
function isListedFirst(steps: readonly TraceStep[]): boolean {
  return inOrder(steps).find(({ step }) => step !== 'received')?.deviceId === null;
}

function recipientOf(uid: string, unordered: readonly TraceStep[]): TracedRecipient {
  const steps = inOrder(unordered);
  const verdict = verdictOf(steps);
  return {
    uid,
    ...verdict,
    atMs: steps[steps.length - 1]?.atMs ?? 0,
    devices: devicesOf(steps),
  };
}

/** Segments come from several processes, whose writes may overtake each other. */
function inOrder(steps: readonly TraceStep[]): TraceStep[] {
  return [...steps].sort((one, other) => one.atMs - other.atMs);
}

function verdictOf(steps: readonly TraceStep[]): Pick<TracedRecipient, 'result' | 'detail'> {
  let result = 'received';
  let detail: string | null = null;
  for (const step of steps) {
    const before = result;
    result = resultAfter(before, step);
    if (step.deviceId !== null) continue;
    if (step.step === 'dead') detail = step.reason;
    if (step.step === 'planned') detail = step.detail;
    if (step.step !== 'skipped') continue;
    if (step.reason === 'duplicate' && before !== 'received')
      detail = [detail, `received again at ${new Date(step.atMs).toISOString()}, dropped as a duplicate`]
        .filter((text) => text !== null)
        .join('; ');
    else detail = step.detail;
  }
  return { result, detail };
}

function devicesOf(steps: readonly TraceStep[]): TracedDevice[] {
  const byDevice = new Map<string, TraceStep[]>();
  for (const step of steps) {
    if (step.deviceId === null) continue;
    const known = byDevice.get(step.deviceId);
    if (known === undefined) byDevice.set(step.deviceId, [step]);
    else known.push(step);
  }
  return [...byDevice].map(([deviceId, ofDevice]) => ({
    deviceId,
    provider: ofDevice.find(({ provider }) => provider !== null)?.provider ?? null,
    state: stateOf(ofDevice),
    steps: ofDevice,
  }));
}
