import type { OtelConfig } from '../../config/sections/called/otel';
import type { Clock } from '../../domain/clock';
import type { Logger } from '../../domain/logger';
import type { OtelSpans } from '../../observability/spans/otel-spans';
import { relayVersion } from '../version';

/** What reports spans; null: nobody collects them, and OpenTelemetry's libraries are not loaded. */
export async function openSpans(
  { endpoint }: OtelConfig,
  surroundings: { readonly logger: Logger; readonly clock: Clock },
): Promise<OtelSpans | null> {
  if (endpoint === null) return null;
  const { OtelSpans } = await import('../../observability/spans/otel-spans.js');
  return new OtelSpans({ endpoint: endpoint.reveal(), version: relayVersion() }, surroundings);
}
