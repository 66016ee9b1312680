/** OpenTelemetry's attributes. Never text of a message, a uid or a device token. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

export interface SpanStart {
  readonly name: string;
  /** server: somebody asked the relay. internal: its own work. client: it asks somebody. */
  readonly kind: 'server' | 'internal' | 'client';
  /** The `traceparent` that it belongs to (https://www.w3.org/TR/trace-context/); null, or malformed: it begins a trace. */
  readonly parent: string | null;
  /** Ms since the epoch; absent: now. */
  readonly startedAtMs?: number;
  readonly attributes: SpanAttributes;
}

/** A piece of work that has begun. What is never ended is never reported. */
export interface Span {
  /** The `traceparent` of whatever comes of it. */
  readonly traceparent: string;
  set(attributes: SpanAttributes): void;
  /** `fault`: what went wrong, in a few words; null: nothing. */
  end(attributes: SpanAttributes, fault: string | null): void;
}

/** Where spans are reported. Whoever could begin one has null where nobody collects them, and does nothing then. */
export interface Spans {
  start(start: SpanStart): Span;
}
