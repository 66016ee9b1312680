import { z } from 'zod';
import { key } from '../../key';
import { serviceUrl } from '../../leaves/urls';
import type { Secret } from '../../secret';

/** Who collects spans. */
export interface OtelConfig {
  /** Of OTLP over HTTP, without `/v1/traces`; null: nobody does. */
  readonly endpoint: Secret | null;
}

export const otelSchema = z.strictObject({
  endpoint: key(serviceUrl().nullable().default(null), {
    env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    secret: true,
  }),
});
