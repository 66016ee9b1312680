import type { MessageOrigin } from '../domain/journey';
import { channelTypes } from '../domain/message';
import type { TraceSegment, TraceStep } from './ports/traces';

const steps = [
  'received',
  'planned',
  'skipped',
  'answered',
  'accepted',
  'waiting',
  'parked',
  'dropped',
  'dead',
] as const satisfies readonly TraceStep['step'][];

/** How a segment is stored: a line of JSON, in arrays, because names would be most of it. */
type Row = readonly [
  messageId: string,
  receivedAtMs: number,
  origin: MessageOrigin | null,
  counts: TraceSegment['counts'] | null,
  steps: readonly StepRow[],
];
type StepRow = readonly (string | number | null)[];

export function encodeSegment({ messageId, receivedAtMs, origin, counts, steps }: TraceSegment): string {
  const isCounted = Object.keys(counts).length > 0;
  const rows = steps.map((step) => toStepRow(step, receivedAtMs));
  const row: Row = [messageId, receivedAtMs, origin, isCounted ? counts : null, rows];
  return JSON.stringify(row);
}

/** Throws SyntaxError on what no version of the relay wrote. */
export function decodeSegment(line: string): TraceSegment {
  const [messageId, receivedAtMs, origin, counts, rows] = JSON.parse(line) as Row;
  return {
    messageId,
    receivedAtMs,
    origin,
    counts: counts ?? {},
    steps: rows.map((row) => toStep(row, receivedAtMs)),
  };
}

/** What each line of that message begins with. */
export function lineStart(messageId: string): string {
  return `[${JSON.stringify(messageId)},`;
}

/** Whoever is a recipient in it. */
export function recipientsOf({ steps }: TraceSegment): readonly string[] {
  const [first, ...others] = steps;
  // Nearly all messages are for one person.
  if (first !== undefined && others.every(({ uid }) => uid === first.uid))
    return first.uid === null ? [] : [first.uid];
  return [...new Set(steps.flatMap(({ uid }) => (uid === null ? [] : [uid])))];
}

/** Without what it tells of the uid; null: nothing is left. */
export function withoutUid(segment: TraceSegment, uid: string): TraceSegment | null {
  const steps = segment.steps.filter((step) => step.uid !== uid);
  if (steps.length === 0 && Object.keys(segment.counts).length === 0) return null;
  const { origin } = segment;
  return { ...segment, steps, origin: origin === null ? null : originWithout(origin, uid) };
}

function originWithout(origin: MessageOrigin, uid: string): MessageOrigin {
  const { fromUid, channelId, channelType } = origin;
  const isSender = fromUid === uid;
  const isPeer =
    channelType === channelTypes.person &&
    channelId !== null &&
    (channelId === uid || channelId.startsWith(`${uid}@`) || channelId.endsWith(`@${uid}`));
  if (!isSender && !isPeer) return origin;
  return { ...origin, fromUid: isSender ? null : fromUid, channelId: isPeer ? null : channelId };
}

function toStepRow(step: TraceStep, receivedAtMs: number): StepRow {
  const row = [
    step.uid,
    steps.indexOf(step.step),
    step.atMs - receivedAtMs,
    step.deviceId,
    step.reason,
    step.detail,
    step.provider,
    step.outcome,
    step.attempt,
    step.providerId,
  ].map((value) => value ?? null);
  while (row[row.length - 1] === null) row.pop();
  return row;
}

function toStep(row: StepRow, receivedAtMs: number): TraceStep {
  const text = (at: number): string | null => (row[at] ?? null) as string | null;
  return {
    uid: text(0),
    step: steps[row[1] as number] ?? 'received',
    atMs: receivedAtMs + (row[2] as number),
    deviceId: text(3),
    reason: text(4),
    detail: text(5),
    provider: text(6) as TraceStep['provider'],
    outcome: text(7) as TraceStep['outcome'],
    attempt: (row[8] ?? null) as number | null,
    providerId: text(9),
  };
}
