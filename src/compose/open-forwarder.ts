import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';
import type { Config } from '../config/config';
import type { ForwardConfig } from '../config/sections/forward';
import type { Clock, Random } from '../domain/clock';
import type { Logger } from '../domain/logger';
import { ForwardTarget, type TargetContext, type TargetOptions } from '../forward/forward-target';
import { Forwarder } from '../forward/forwarder';
import { HttpReceiver } from '../forward/http-receiver';
import { removedReceiver, type Receiver } from '../forward/receiver';
import { assignQueues, identify, removedReceivers } from '../forward/receiver-identity';
import { createForwardEvents } from '../observability/forward-events';
import { Deadlines } from '../shared/deadlines';
import { createIds } from '../shared/ids';
import { DurableQueues } from '../store/queue/durable-queues';
import type { Store } from '../store/ports/store';
import { connectToService } from './service-client';

export interface ForwarderContext {
  readonly config: Config;
  readonly store: Pick<Store, 'deadLetters' | 'latestTimeMs'>;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/** What waits for all receivers: beyond it events are left out, and counted. */
const maxBytes = 1024 ** 3;
/** Of events whose senders wait for a receiver's answer, beside the webhook bodies that are being read or stored. */
const askedShare = 1 / 4;
const connectTimeoutMs = 5_000;
const maxConnections = 16;

/**
 * The receivers of `webhook.forward`, with what waits for them in a directory of its own, beside either store: an event is kept by
 * the process that answered it. Null: none is configured, and nothing waits for one that was. Throws StoreConfigurationError.
 */
export async function openForwarder(context: ForwarderContext): Promise<Forwarder | null> {
  if (context.config.webhook.forward.length > 0) return open(context);
  try {
    return await open(context);
  } catch (error) {
    // Pushes do not need what an earlier configuration left.
    const event = 'forward_queue_unusable';
    context.logger.warn({ event, err: error }, 'webhooks of removed receivers not readable');
    return null;
  }
}

async function open(context: ForwarderContext): Promise<Forwarder | null> {
  const { config, store, registry, logger, clock, random } = context;
  const directory = join(config.dataDir, 'forward');
  const isConfigured = config.webhook.forward.length > 0;
  if (!isConfigured && !existsSync(directory)) return null;
  const queues = await DurableQueues.open(
    {
      directory,
      name: 'the queue of forwarded webhooks',
      minFreeDiskShare: config.journal.minFreePercent / 100,
      plentyFreeBytes: maxBytes,
    },
    { clock, random, logger },
  );
  const receivers = identify(config.webhook.forward, ({ url }) => url.reveal());
  const queueNames = await assignQueues(receivers, queues).catch(async (error: unknown) => {
    await queues.close();
    throw error;
  });
  const removed = removedReceivers(queueNames, queues);
  if (!isConfigured && removed.size === 0) {
    await queues.close();
    return null;
  }
  const isFull = (): boolean => queues.usedBytes() >= maxBytes;
  const shared = {
    isFull,
    deadLetters: store.deadLetters,
    events: createForwardEvents({ logger, registry, clock }),
    makeId: createIds(clock, random),
    clock,
    deadlines: new Deadlines(clock, store.latestTimeMs()),
    random,
  };
  const target = (options: TargetOptions, queue: string, receiver: Receiver): ForwardTarget => {
    const queueOf: TargetContext['queueOf'] = (lane) => queues.queue(`${queue}-${lane}`);
    return new ForwardTarget(options, { ...shared, receiver, queueOf });
  };
  const maxAskedBytes = (config.webhook.maxInflightBytes * askedShare) / receivers.length;
  const configured = receivers.map(async (receiver) =>
    target(
      { ...receiver, maxAskedBytes },
      queueNames.get(receiver.id) ?? receiver.id,
      await createReceiver(receiver, clock),
    ),
  );
  const left = [...removed].map(([id, queue]) => target(removedOptions(id), queue, removedReceiver(isFull)));
  const forwarder = new Forwarder([...(await Promise.all(configured)), ...left], queues);
  registerGauges(registry, forwarder, clock);
  return forwarder;
}

function removedOptions(id: string): TargetOptions {
  return { id, name: id, isRemoved: true, events: [], answers: [], maxAgeMs: null, maxAskedBytes: 0 };
}

/** The library of gRPC is loaded only where it is wanted. */
async function createReceiver(
  { url, proxyUrl, secret, timeoutMs }: ForwardConfig,
  clock: Clock,
): Promise<Receiver> {
  const { protocol, origin, host } = new URL(url.reveal());
  if (protocol === 'grpc:') {
    const { GrpcReceiver } = await import('../forward/grpc-receiver.js');
    return new GrpcReceiver({ authority: host, secret: secret?.reveal() ?? null, timeoutMs }, clock);
  }
  const client = connectToService({ baseUrl: origin, proxyUrl, maxConnections, connectTimeoutMs }, null);
  return new HttpReceiver({ url: url.reveal(), secret: secret?.reveal() ?? null, timeoutMs }, client);
}

function registerGauges(registry: Registry, forwarder: Forwarder, clock: Clock): void {
  const registers = [registry];
  const labelNames = ['target'] as const;
  const depth = new Gauge({
    name: 'relay_forward_depth',
    help: 'Webhooks that wait to be forwarded',
    labelNames,
    registers,
    collect: () => {
      for (const { target, depth: waiting } of forwarder.figures()) depth.set({ target }, waiting);
    },
  });
  const oldest = new Gauge({
    name: 'relay_forward_oldest_seconds',
    help: 'Age of the oldest webhook that waits to be forwarded; 0 when none waits',
    labelNames,
    registers,
    collect: () => {
      // Nobody fixes a receiver that was removed.
      for (const { target, oldestReceivedAtMs: atMs } of forwarder.figures().filter((one) => !one.isRemoved))
        oldest.set({ target }, atMs === null ? 0 : Math.max(0, clock.now() - atMs) / 1000);
    },
  });
}
