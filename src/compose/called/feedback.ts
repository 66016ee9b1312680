import { join } from 'node:path';
import { Gauge, type Registry } from 'prom-client';
import type { ReadinessCheck } from '../../api/services';
import type { Config } from '../../config/config';
import type { Clock, Random } from '../../domain/clock';
import { FeedbackSender } from '../../feedback/feedback-sender';
import { createFeedbackEvents } from '../../observability/feedback-events';
import { Deadlines } from '../../shared/deadlines';
import { createIds } from '../../shared/ids';
import type { Store } from '../../store/ports/store';
import { DurableQueues } from '../../store/queue/durable-queues';
import { connectToService } from '../service-client';
import type { Surroundings } from './service';

export interface FeedbackSurroundings extends Surroundings {
  readonly random: Random;
  readonly store: Pick<Store, 'latestTimeMs'>;
}

/**
 * What tells the app's server, with what waits for it in a directory of its own, beside either store: each replica tells what it has
 * learnt itself. Null where no address is configured. Throws StoreConfigurationError.
 */
export async function openFeedback(
  { feedback, dataDir, journal }: Config,
  { registry, logger, clock, random, ca, store }: FeedbackSurroundings,
): Promise<FeedbackSender | null> {
  if (feedback === null) return null;
  const queues = await DurableQueues.open(
    {
      directory: join(dataDir, 'feedback'),
      name: 'the queue of feedback',
      minFreeDiskShare: journal.minFreePercent / 100,
      plentyFreeBytes: maxBytes,
    },
    { clock, random, logger },
  );
  const url = feedback.url.reveal();
  const client = connectToService(
    { baseUrl: new URL(url).origin, proxyUrl: feedback.proxyUrl, maxConnections, connectTimeoutMs },
    ca,
  );
  const events = createFeedbackEvents({ logger, registry, clock });
  const makeId = createIds(clock, random);
  const deadlines = new Deadlines(clock, store.latestTimeMs());
  const sender = new FeedbackSender(
    { url, secret: feedback.secret.reveal(), timeoutMs },
    { client, queues, maxBytes, events, makeId, clock, deadlines, random },
  );
  registerGauges(registry, sender, clock);
  return sender;
}

export function feedbackCheck(sender: FeedbackSender): ReadinessCheck {
  const { depth, trouble } = sender.figures();
  const name = 'feedback';
  if (trouble === null) return { name, status: 'ok', detail: `${depth} events wait.` };
  const since = new Date(trouble.sinceMs).toISOString();
  return {
    name,
    status: 'degraded',
    detail: `The app's server has taken nothing since ${since}: ${trouble.reason}. ${depth} events wait for it and are sent again for 24 hours. Check feedback.url and feedback.secret.`,
  };
}

function registerGauges(registry: Registry, sender: FeedbackSender, clock: Clock): void {
  const registers = [registry];
  new Gauge({
    name: 'relay_feedback_depth',
    help: "Events that wait for the app's server",
    registers,
    collect() {
      this.set(sender.figures().depth);
    },
  });
  new Gauge({
    name: 'relay_feedback_oldest_seconds',
    help: "Age of the oldest event that waits for the app's server; 0 when none waits",
    registers,
    collect() {
      const { oldestAtMs } = sender.figures();
      this.set(oldestAtMs === null ? 0 : Math.max(0, clock.now() - oldestAtMs) / 1000);
    },
  });
}

/** What waits: about a million events. */
const maxBytes = 256 * 1024 ** 2;
/** For a request and its whole answer. */
const timeoutMs = 10_000;
const maxConnections = 2;
const connectTimeoutMs = 5_000;
