import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Span as OtelSpan } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Clock } from '../../domain/clock';
import type { Logger } from '../../domain/logger';
import { within } from '../../shared/within';
import type { Span, SpanAttributes, Spans, SpanStart } from './spans';
import { ToldExporter } from './told-exporter';

export interface OtelSpansOptions {
  /** `http[s]://[user:password@]host[:port][/path]` of a collector; `/v1/traces` is appended. */
  readonly endpoint: string;
  /** Of the relay. */
  readonly version: string;
}

const kinds = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL, client: SpanKind.CLIENT };

/**
 * Reports spans over OTLP/HTTP, in batches behind the work. A trace is sampled as its sender says, and always where nobody says.
 * What the collector does not take is dropped: in memory are {@link spansInMemory} at most.
 */
export class OtelSpans implements Spans {
  readonly #provider: TracerProvider;
  readonly #tracer;

  constructor({ endpoint, version }: OtelSpansOptions, surroundings: { logger: Logger; clock: Clock }) {
    const options = { url: tracesUrl(endpoint), timeoutMillis: exportTimeoutMs };
    const exporter = new ToldExporter(options, surroundings);
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'wukongim-push-relay', 'service.version': version }),
      sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter,
          maxQueueSize: spansInMemory,
          scheduledDelayMillis: exportEveryMs,
          exportTimeoutMillis: 2 * exportTimeoutMs,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer('wukongim-push-relay', version);
  }

  start({ name, kind, parent, startedAtMs, attributes }: SpanStart): Span {
    const sender = parent === null ? null : parseTraceParent(parent);
    const context =
      sender === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...sender, isRemote: true });
    const options = {
      kind: kinds[kind],
      attributes,
      ...(startedAtMs === undefined ? {} : { startTime: startedAtMs }),
    };
    return new OpenSpan(this.#tracer.startSpan(name, options, context));
  }

  /** Sends what is left, and resolves after `deadlineMs` at the latest. Never rejects. */
  async close(deadlineMs: number): Promise<void> {
    const shutdown = this.#provider.shutdown().catch(() => {});
    await within(deadlineMs, shutdown, undefined);
  }
}

class OpenSpan implements Span {
  readonly traceparent: string;
  readonly #span: OtelSpan;

  constructor(span: OtelSpan) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.traceparent = `00-${traceId}-${spanId}-0${traceFlags & 1}`;
    this.#span = span;
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes(attributes);
  }

  end(attributes: SpanAttributes, fault: string | null): void {
    this.#span.setAttributes(attributes);
    if (fault !== null) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: fault });
    this.#span.end();
  }
}

function tracesUrl(endpoint: string): string {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
  return url.href;
}

/** Ended, and not sent yet. */
const spansInMemory = 4_096;
const exportEveryMs = 1_000;
/** For an export with its retries. */
const exportTimeoutMs = 10_000;
