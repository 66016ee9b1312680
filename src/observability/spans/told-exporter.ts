import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Clock } from '../../domain/clock';
import type { Logger } from '../../domain/logger';

/** Says once that the collector does not take spans, and once that it does again. well → failing → well. */
export class ToldExporter extends OTLPTraceExporter {
  #failing: { readonly sinceMs: number; spans: number } | null = null;
  readonly #logger: Logger;
  readonly #clock: Clock;

  /** `url`: of the collector's `/v1/traces`. `timeoutMillis`: for an export with its retries. */
  constructor(
    options: { readonly url: string; readonly timeoutMillis: number },
    { logger, clock }: { readonly logger: Logger; readonly clock: Clock },
  ) {
    super(options);
    this.#logger = logger;
    this.#clock = clock;
  }

  override export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    super.export(spans, (result) => {
      if (result.code === ExportResultCode.SUCCESS) this.#taken();
      else this.#lost(spans.length, result.error);
      done(result);
    });
  }

  #lost(spans: number, error: Error | undefined): void {
    if (this.#failing !== null) {
      this.#failing.spans += spans;
      return;
    }
    this.#failing = { sinceMs: this.#clock.monotonicMs(), spans };
    this.#logger.warn(
      { event: 'otel_collector_away', reason: reasonOf(error) },
      'the OpenTelemetry collector does not take spans; they are dropped, and pushes go on: check otel.endpoint',
    );
  }

  #taken(): void {
    if (this.#failing === null) return;
    const { sinceMs, spans } = this.#failing;
    this.#failing = null;
    const forMs = Math.max(0, this.#clock.monotonicMs() - sinceMs);
    this.#logger.info(
      { event: 'otel_collector_back', forMs, spansLost: spans },
      'the OpenTelemetry collector takes spans again',
    );
  }
}

/** The status or the cause, never what the collector answered. */
function reasonOf(error: Error | undefined): string {
  const { code, message } = (error ?? {}) as { readonly code?: number | string; readonly message?: string };
  return typeof code === 'number' ? `status ${code}` : (code ?? message ?? 'unknown');
}
