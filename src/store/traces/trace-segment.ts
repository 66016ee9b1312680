import type { MessageOrigin } from '../../domain/journey';
import { uidsInChannel } from '../../domain/message';
import type { TraceSegment, TraceStep } from '../ports/traces';
import { resultAfter } from './trace-result';

/** By the number that a row has: null stood for a step that is no longer told. */
const steps = [
  'received',
  'planned',
  'skipped',
  'answered',
  null,
  'waiting',
  'parked',
  'dropped',
  'dead',
] as const satisfies readonly (TraceStep['step'] | null)[];

/**
 * How a segment is stored: a line of JSON, in arrays, because names would be most of it. Of a segment with many recipients the steps
 * stand behind a tab, and before it what they add to the counts, so that these are read without them.
 */
type Row = readonly [
  messageId: string,
  receivedAtMs: number,
  origin: MessageOrigin | null,
  counts: TraceSegment['counts'] | null,
  /** Of a segment with many recipients: their results. */
  steps: readonly StepRow[] | TraceSegment['counts'],
];
type StepRow = readonly (string | number | null)[];

/** Read as a whole, so that their results are exact. */
const fewRecipients = 20;
export const stepsMark = '\t';

export function encodeSegment(segment: TraceSegment): string {
  const { messageId, receivedAtMs, origin, counts, steps } = segment;
  const isCounted = Object.keys(counts).length > 0;
  const rows = steps.map((step) => toStepRow(step, receivedAtMs));
  const isFew = recipientsOf(segment).length <= fewRecipients;
  const row: Row = [
    messageId,
    receivedAtMs,
    origin,
    isCounted ? counts : null,
    isFew ? rows : resultsOf(steps),
  ];
  return isFew ? JSON.stringify(row) : JSON.stringify(row) + stepsMark + JSON.stringify(rows);
}

/** Throws SyntaxError on what no version of the relay wrote. */
export function decodeSegment(line: string): TraceSegment {
  const mark = line.indexOf(stepsMark);
  const [messageId, receivedAtMs, origin, counts, rows] = JSON.parse(
    mark === -1 ? line : line.slice(0, mark),
  ) as Row;
  const steps = (mark === -1 ? rows : JSON.parse(line.slice(mark + 1))) as readonly StepRow[];
  return {
    messageId,
    receivedAtMs,
    origin,
    counts: counts ?? {},
    steps: steps.map((row) => toStep(row, receivedAtMs)),
  };
}

/** What a segment is looked for by. */
export interface SegmentNames {
  /** `received id`, as lists of messages have it. */
  readonly message: string;
  readonly messageId: string;
  readonly hasOrigin: boolean;
  readonly recipients: readonly string[];
  /** See {@link peersOf}. */
  readonly peers: readonly string[];
}

/** As {@link decodeSegment}, without making a step of each row. */
export function namesIn(line: string): SegmentNames {
  const mark = line.indexOf(stepsMark);
  const [messageId, receivedAtMs, origin, , few] = JSON.parse(
    mark === -1 ? line : line.slice(0, mark),
  ) as Row;
  const rows = (mark === -1 ? few : JSON.parse(line.slice(mark + 1))) as readonly StepRow[];
  return {
    message: `${receivedAtMs} ${messageId}`,
    messageId,
    hasOrigin: origin !== null,
    recipients: distinct(rows.map(([uid = null]) => uid as string | null)),
    peers: peersOf(origin),
  };
}

/** As {@link decodeSegment}; but of many recipients only their counts. `line`: whole, or up to its {@link stepsMark}. */
export function decodeSummary(line: string): TraceSegment {
  const mark = line.indexOf(stepsMark);
  const head = mark === -1 ? line : line.slice(0, mark);
  const [messageId, receivedAtMs, origin, counts, results] = JSON.parse(head) as Row;
  if (isSteps(results)) return decodeSegment(head);
  const sums: Record<string, number> = { ...counts };
  for (const [result, count] of Object.entries(results)) sums[result] = (sums[result] ?? 0) + count;
  return { messageId, receivedAtMs, origin, counts: sums, steps: [] };
}

function isSteps(results: Row[4]): results is readonly StepRow[] {
  return Array.isArray(results);
}

/** By result, how many recipients the steps decide on. Who has steps of devices only was decided on before. */
function resultsOf(steps: readonly TraceStep[]): TraceSegment['counts'] {
  const byUid = new Map<string, string>();
  for (const step of steps) {
    if (step.uid === null || step.deviceId !== null) continue;
    byUid.set(step.uid, resultAfter(byUid.get(step.uid) ?? 'received', step));
  }
  const counts: Record<string, number> = {};
  for (const result of byUid.values()) counts[result] = (counts[result] ?? 0) + 1;
  return counts;
}

/** What each line of that message begins with. */
export function lineStart(messageId: string): string {
  return `[${JSON.stringify(messageId)},`;
}

/** Whoever is a recipient in it. */
export function recipientsOf({ steps }: TraceSegment): readonly string[] {
  return distinct(steps.map(({ uid }) => uid));
}

function distinct(uids: readonly (string | null)[]): readonly string[] {
  const [first = null] = uids;
  // Nearly all messages are for one person.
  if (uids.every((uid) => uid === first)) return first === null ? [] : [first];
  return [...new Set(uids.filter((uid) => uid !== null))];
}

/** Whom an origin names: the sender, and whoever the id of the conversation may name. */
export function peersOf(origin: MessageOrigin | null): readonly string[] {
  if (origin === null) return [];
  const { fromUid } = origin;
  return [...(fromUid === null ? [] : [fromUid]), ...uidsInConversation(origin)];
}

function uidsInConversation({ channelType, channelId }: MessageOrigin): readonly string[] {
  return channelType === null || channelId === null ? [] : uidsInChannel(channelType, channelId);
}

/** Without what it tells of the uid; null: nothing is left. */
export function withoutUid(segment: TraceSegment, uid: string): TraceSegment | null {
  const steps = segment.steps.filter((step) => step.uid !== uid);
  if (steps.length === 0 && Object.keys(segment.counts).length === 0) return null;
  const { origin } = segment;
  return { ...segment, steps, origin: origin === null ? null : originWithout(origin, uid) };
}

export function originWithout(origin: MessageOrigin, uid: string): MessageOrigin {
  const { fromUid, channelId } = origin;
  const isSender = fromUid === uid;
  const isPeer = uidsInConversation(origin).includes(uid);
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
    step.provider ?? null,
    step.outcome ?? null,
    step.attempt,
    step.providerId,
  ];
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
