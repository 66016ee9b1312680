import type { Outcome } from '../../domain/outcome';
import type { Span, Spans } from '../../observability/spans/spans';
import type { DispatchBatch, PlannedDelivery } from './planned-delivery';

interface Call {
  readonly span: Span;
  /** Deliveries without an answer. */
  open: number;
  accepted: number;
  /** Of the first that was not accepted. */
  fault: Exclude<Outcome, { kind: 'accepted' }> | null;
}

/** A span of each call of the provider. A group of thousands is told of by its first calls. */
export class CallSpans {
  #begun = 0;
  readonly #calls = new Map<PlannedDelivery, Call>();
  readonly #spans: Spans;
  readonly #batch: DispatchBatch;

  constructor(spans: Spans, batch: DispatchBatch) {
    this.#spans = spans;
    this.#batch = batch;
  }

  /** Deliveries that the provider is given, which makes a call of each `batch` of them, in order. */
  sent(deliveries: readonly PlannedDelivery[]): void {
    const { batch: size } = this.#batch.route.provider;
    for (let from = 0; from < deliveries.length && this.#begun < callsTold; from += size)
      this.#begin(deliveries.slice(from, from + size));
  }

  answered(delivery: PlannedDelivery, outcome: Outcome, httpStatus: number | undefined): void {
    const call = this.#calls.get(delivery);
    if (call === undefined) return;
    this.#calls.delete(delivery);
    call.open -= 1;
    if (outcome.kind === 'accepted') call.accepted += 1;
    else call.fault ??= outcome;
    if (call.open > 0) return;
    const { span, accepted, fault } = call;
    const status = httpStatus === undefined ? {} : { 'http.response.status_code': httpStatus };
    const failed = fault === null ? {} : { 'error.type': fault.kind };
    const attributes = { 'relay.outcome': fault?.kind ?? 'accepted', 'relay.accepted': accepted };
    span.end({ ...attributes, ...status, ...failed }, fault?.reason ?? null);
  }

  #begin(deliveries: readonly PlannedDelivery[]): void {
    const { route, messageId, trace: parent } = this.#batch;
    const { provider, lane } = route;
    const attributes = {
      'messaging.message.id': messageId,
      'relay.provider': provider.name,
      'relay.app': provider.app,
      'relay.provider_lane': lane,
      'relay.batch_size': deliveries.length,
      'relay.attempt': Math.max(...deliveries.map(({ attempts }) => attempts)) + 1,
    };
    const span = this.#spans.start({ name: `push ${provider.name}`, kind: 'client', parent, attributes });
    const call: Call = { span, open: deliveries.length, accepted: 0, fault: null };
    for (const delivery of deliveries) this.#calls.set(delivery, call);
    this.#begun += 1;
  }
}

/** Of one notification to one provider, for at most 500 recipients. */
const callsTold = 20;
