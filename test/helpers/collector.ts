import { eventually } from './client';
import { FakeReceiver } from './receiver';

/** A span as OTLP/JSON carries it, its attributes as a plain object. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: it is the first of its trace. */
  readonly parentSpanId: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number;
  /** 2: error. */
  readonly status: { readonly code: number; readonly message?: string };
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface OtlpSpan extends Omit<CollectedSpan, 'attributes' | 'parentSpanId'> {
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

interface OtlpTraces {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/** An OpenTelemetry collector that takes OTLP/HTTP as JSON. */
export class FakeCollector {
  private constructor(readonly server: FakeReceiver) {}

  static async start(): Promise<FakeCollector> {
    const server = await FakeReceiver.start();
    server.answer = () => ({ status: 200, body: '{}' });
    return new FakeCollector(server);
  }

  get endpoint(): string {
    return `http://${this.server.host}`;
  }

  get spans(): readonly CollectedSpan[] {
    return this.server.requests.flatMap(({ body }) =>
      (JSON.parse(body) as OtlpTraces).resourceSpans
        .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
        .map(({ attributes, parentSpanId = '', ...span }) => ({
          ...span,
          parentSpanId,
          attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
        })),
    );
  }

  /** The spans of this trace, once one of them fits. */
  trace(traceId: string, fits: (span: CollectedSpan) => boolean): Promise<readonly CollectedSpan[]> {
    const ask = () => Promise.resolve(this.spans.filter((span) => span.traceId === traceId));
    return eventually(ask, (spans) => spans.some(fits));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}
