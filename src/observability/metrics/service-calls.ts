import { Counter, Histogram, type Registry } from 'prom-client';
import { serviceResults, type ServiceResult } from '../../shared/service-reply';

interface ServiceCallMetrics {
  readonly requests: { readonly name: string; readonly help: string };
  /** `buckets` in seconds. */
  readonly seconds: { readonly name: string; readonly help: string; readonly buckets: number[] };
}

/** Counts calls to a service of the installation, with their time in seconds. */
export function countServiceCalls(
  registry: Registry,
  metrics: ServiceCallMetrics,
): (result: ServiceResult, seconds: number) => void {
  const registers = [registry];
  const requests = new Counter({ ...metrics.requests, labelNames: ['result'], registers });
  const seconds = new Histogram({ ...metrics.seconds, registers });
  for (const result of serviceResults) requests.inc({ result }, 0);
  return (result, duration) => {
    requests.inc({ result });
    seconds.observe(duration);
  };
}
