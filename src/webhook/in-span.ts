import type { Span, Spans } from '../observability/spans/spans';
import type { WebhookResult } from '../observability/webhook-labels';
import type { ForwardAnswer } from './forward-port';
import type { ReceivedEvent } from './intake';

/** What became of an event: `invalid` and `unavailable` are not durable. */
export interface TakenEvent {
  readonly result: WebhookResult;
  /** Of the receiver that answers such events; null: an empty one. */
  readonly answer: ForwardAnswer | null;
}

/** What a call of the gRPC webhook says beside its event. */
export interface CallMetadata {
  /** By a relay, this one or another. */
  readonly wasForwarded: boolean;
  readonly traceparent: string | null;
}

export const overHttp = {
  name: 'POST /webhook',
  attributes: { 'http.request.method': 'POST', 'http.route': '/webhook' },
};
export const overGrpc = {
  name: 'wkhook.WebhookService/SendWebhook',
  attributes: { 'rpc.system': 'grpc', 'rpc.service': 'wkhook.WebhookService', 'rpc.method': 'SendWebhook' },
};

/** Takes an event within a span, where somebody collects them. `parent`: the sender's `traceparent`. Rejects as `take` does. */
export async function inSpan(
  spans: Spans | null,
  event: ReceivedEvent,
  parent: string | null,
  over: typeof overHttp | typeof overGrpc,
  take: (event: ReceivedEvent) => Promise<TakenEvent>,
): Promise<TakenEvent> {
  if (spans === null) return take(event);
  const attributes = { ...over.attributes, 'relay.event': event.label };
  const span = spans.start({ ...over, kind: 'server', parent, startedAtMs: event.receivedAtMs, attributes });
  try {
    const taken = await take({ ...event, span });
    endSpan(span, over, taken);
    return taken;
  } catch (error) {
    endSpan(span, over, { result: 'unavailable', answer: null });
    throw error;
  }
}

function endSpan(span: Span, over: typeof overHttp | typeof overGrpc, { result, answer }: TakenEvent): void {
  const isHttp = over === overHttp;
  const status = answer?.status ?? statuses[result] ?? 200;
  span.end(
    { 'relay.result': result, ...(isHttp ? { 'http.response.status_code': status } : {}) },
    result === 'unavailable' ? 'the event could not be stored' : null,
  );
}

/** Of what is not answered 200. */
const statuses: Readonly<Partial<Record<WebhookResult, number>>> = { invalid: 400, unavailable: 503 };

/** Of a header that is sent twice, none is right. */
export function headerOf(value: string | string[] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
