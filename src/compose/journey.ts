import type { Registry } from 'prom-client';
import type { TraceConfig } from '../config/sections/retention';
import type { Clock } from '../domain/clock';
import { toldToAll, type Journey } from '../domain/journey';
import type { Logger } from '../domain/logger';
import { createJourneyLog } from '../observability/journey-log';
import { createTraceEvents } from '../observability/trace-events';
import type { Traces } from '../store/ports/traces';
import { TraceRecorder } from '../trace/trace-recorder';

export interface JourneyParts {
  readonly traces: Traces;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly clock: Clock;
}

/** Who is told what becomes of messages: the log, and what records it. `recorder`: null where nothing is recorded. */
export function createJourney(
  config: TraceConfig,
  parts: JourneyParts,
): { readonly journey: Journey; readonly recorder: TraceRecorder | null } {
  const log = createJourneyLog(parts.logger);
  const recorder = createRecorder(config, parts);
  return { journey: recorder === null ? log : toldToAll([log, recorder]), recorder };
}

function createRecorder(
  { sample, fullUpToRecipients }: TraceConfig,
  { traces, logger, registry, clock }: JourneyParts,
): TraceRecorder | null {
  if (sample === 0) return null;
  const events = createTraceEvents(registry, logger, clock);
  return new TraceRecorder({ sample, fullUpToRecipients }, { traces, events });
}
