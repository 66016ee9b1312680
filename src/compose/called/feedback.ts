import { join } from 'node:path';
import { Gauge, type Registry } from 'prom-client';
import type { ReadinessCheck } from '../../api/services';
import type { Config } from '../../config/config';
import type { Clock, Random } from '../../domain/clock';
import type { Logger } from '../../domain/logger';
import { FeedbackSender } from '../../feedback/feedback-sender';
import { createFeedbackEvents } from '../../observability/feedback-events';
import { createIds } from '../../shared/ids';
import { DurableQueues } from '../../store/queue/durable-queues';
import { createHttp1Client } from '../../transport/http1-client';

interface Surroundings {
  readonly registry: Registry;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  /** PEM to trust instead of Node's own; null: Node's own. */
  readonly ca: string | null;
}

/**
 * What tells the app's server, with what waits for it in a directory of its own, beside either store: each replica tells what it has
 * learnt itself. Null where no address is configured. Throws StoreConfigurationError.
 */
export async function openFeedback(
  { feedback, dataDir, journal }: Config,
  { registry, logger, clock, random, ca }: Surroundings,
): Promise<FeedbackSender | null> {
  if (feedback === null) return null;
  const queues = await DurableQueues.open(
    {
      directory: join(dataDir, 'feedback'),
      name: 'the queue of feedback',
      minFreeDiskShare: journal.minFreePercent / 100,
      plentyFreeBytes: maxBytes,
      commitTimeoutMs,
    },
    { clock, random, logger },
  );
  const url = feedback.url.reveal();
  const client = createHttp1Client({
    baseUrl: new URL(url).origin,
    proxyUrl: feedback.proxyUrl?.reveal() ?? null,
    maxConnections,
    tls: ca === null ? {} : { ca },
    connectTimeoutMs,
    idleTimeoutMs,
    plainHosts: 'anywhere',
  });
  const events = createFeedbackEvents({ logger, registry, clock });
  const makeId = createIds(clock, random);
  const sender = new FeedbackSender(
    { url, secret: feedback.secret.reveal(), timeoutMs },
    { client, queues, maxBytes, events, makeId, clock, random },
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
const commitTimeoutMs = 10_000;
/** For a request and its whole answer. */
const timeoutMs = 10_000;
const maxConnections = 2;
const connectTimeoutMs = 5_000;
/** Below what servers usually keep a connection for, so that it is not cut while a request is on it. */
const idleTimeoutMs = 4_000;
