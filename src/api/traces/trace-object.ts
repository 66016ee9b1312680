import type { TraceStep } from '../../store/ports/traces';
import type { TracedDevice, TracedRecipient, TraceRecord } from '../../trace/trace-record';
import { json, type Answer } from '../answer';
import { problem, type ProblemCode } from '../problem';
import { readCursor, writeCursor } from '../request/cursor';
import { toTimeText } from '../schemas/times';
import type { ApiServices } from '../services';

/** `recipients`: those of the page. */
export function toTraceObject(record: TraceRecord, recipients: readonly TracedRecipient[]): object {
  return { ...toMessageObject(record), recipients: recipients.map(toRecipientObject) };
}

export function toMessageObject({ messageId, receivedAtMs, origin, counts }: TraceRecord): object {
  return {
    message_id: messageId,
    received_at: toTimeText(receivedAtMs),
    from_uid: origin?.fromUid ?? null,
    channel_id: origin?.channelId ?? null,
    channel_type: origin?.channelType ?? null,
    source: origin?.source ?? null,
    counts,
  };
}

function toRecipientObject({ uid, result, detail, atMs, devices }: TracedRecipient): object {
  return {
    uid,
    result,
    ...(detail === null ? {} : { detail }),
    at: toTimeText(atMs),
    devices: devices.map(toDeviceObject),
  };
}

function toDeviceObject({ deviceId, provider, state, steps }: TracedDevice): object {
  return { device_id: deviceId, provider, state, steps: steps.map(toStepObject) };
}

function toStepObject({ atMs, step, outcome, reason, detail, attempt, providerId }: TraceStep): object {
  return {
    at: toTimeText(atMs),
    step,
    ...(outcome === null ? {} : { outcome }),
    ...(reason === null ? {} : { reason }),
    ...(detail === null ? {} : { detail }),
    ...(attempt === null ? {} : { attempt }),
    ...(providerId === null ? {} : { provider_id: providerId }),
  };
}

/** What the id names. */
interface Kind {
  readonly missing: ProblemCode;
  readonly namedBy: string;
}

/** A page of the recipients of one message. */
export async function traceAnswer(
  { traces }: ApiServices,
  id: string,
  query: { readonly limit: number; readonly cursor?: string | undefined },
  { missing, namedBy }: Kind,
): Promise<Answer> {
  const start = readCursor(list, query.cursor);
  if ('kind' in start) return start;
  const from = Number(start.position ?? '0');
  const record = await traces.message(id);
  if (record === null) {
    const { sample } = traces;
    if (sample === 0)
      return problem(missing, 'The relay keeps no traces: trace.sample is 0. Remove the key, and restart.');
    const sampled = sample < 1 ? ` Or it left no trace: trace.sample is ${sample}.` : '';
    const since = toTimeText(await traces.sinceMs());
    return problem(missing, `No ${namedBy} has named it since ${since}.${sampled}`);
  }
  const recipients = record.recipients.slice(from, from + query.limit);
  const next = from + recipients.length;
  const hasMore = next < record.recipients.length;
  return json(200, {
    ...toTraceObject(record, recipients),
    ...(hasMore ? { next_cursor: writeCursor(list, String(next)) } : {}),
  });
}

const list = 'trace';
