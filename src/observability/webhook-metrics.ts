import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { TalliedCounter } from './metrics/tallied-counter';
import { TalliedHistogram } from './metrics/tallied-histogram';
import { lostCauses } from './webhook-labels';
import type { LostCause, WebhookEventLabel, WebhookResult } from './webhook-labels';

interface BodiesLoad {
  readonly bytes: number;
  readonly waiting: number;
}

export type WebhookMetrics = ReturnType<typeof createWebhookMetrics>;

const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

function lostCounter(registry: Registry): Counter<'cause'> {
  const lost = new Counter({
    name: 'relay_events_lost_total',
    help: 'Events, or parts of them, that will reach no phone; must stay 0',
    labelNames: ['cause'],
    registers: [registry],
  });
  for (const cause of lostCauses) lost.inc({ cause }, 0);
  return lost;
}

function requestMetrics(registry: Registry) {
  const registers = [registry];
  const requests = new TalliedCounter({
    name: 'relay_webhook_requests_total',
    help: 'Webhook requests by event and what became of them',
    labelNames: ['event', 'result'],
    registers,
  });
  // The alert on WuKongIM's silence needs it also when nothing has come since the start.
  requests.add(0, 'msg.offline', 'accepted');
  const duration = new TalliedHistogram({
    name: 'relay_webhook_duration_seconds',
    help: 'From the request line to the answer',
    buckets: durationBuckets,
    registers,
  });
  return {
    answered(event: WebhookEventLabel, result: WebhookResult, durationMs: number): void {
      requests.add(1, event, result);
      duration.observe(durationMs / 1000);
    },
  };
}

function notifyMetrics(registers: Registry[]) {
  const notified = new Counter({
    name: 'relay_webhook_notify_messages_total',
    help: 'Messages that msg.notify carried; they are checked and counted only',
    registers,
  });
  const notMessages = new Counter({
    name: 'relay_webhook_notify_malformed_total',
    help: 'Items of msg.notify that are no messages; they are left out',
    registers,
  });
  return {
    notified(count: number, malformed: number): void {
      notified.inc(count);
      notMessages.inc(malformed);
    },
  };
}

export function createWebhookMetrics(registry: Registry) {
  const registers = [registry];
  const lost = lostCounter(registry);
  const unaddressable = new Counter({
    name: 'relay_webhook_unaddressable_uids_total',
    help: 'Recipients left out because no device can be registered under such a uid',
    registers,
  });
  const fieldsLeftOut = new Counter({
    name: 'relay_webhook_odd_fields_total',
    help: 'Message fields that were not as expected, so that their defaults were used',
    labelNames: ['field'],
    registers,
  });
  const presence = new Counter({
    name: 'relay_presence_changes_total',
    help: 'Items of user.onlinestatus',
    labelNames: ['result'],
    registers,
  });
  for (const result of ['applied', 'malformed']) presence.inc({ result }, 0);
  const activity = new Counter({
    name: 'relay_device_activity_refreshed_total',
    help: 'Devices whose last activity was written because their user came or went',
    registers,
  });
  let load = (): BodiesLoad => ({ bytes: 0, waiting: 0 });
  new Gauge({
    name: 'relay_webhook_bytes_in_flight',
    help: 'Bytes of webhook bodies in memory that are not durable yet',
    registers,
    collect() {
      this.set(load().bytes);
    },
  });
  new Gauge({
    name: 'relay_webhook_bodies_waiting',
    help: 'Webhook bodies that are not read because webhook.max_inflight_bytes is used up',
    registers,
    collect() {
      this.set(load().waiting);
    },
  });
  return {
    ...requestMetrics(registry),
    lost: (cause: LostCause) => lost.inc({ cause }),
    unaddressable: (count: number) => unaddressable.inc(count),
    fieldLeftOut: (field: string) => fieldsLeftOut.inc({ field }),
    ...notifyMetrics(registers),
    presence(applied: number, malformed: number): void {
      presence.inc({ result: 'applied' }, applied);
      presence.inc({ result: 'malformed' }, malformed);
    },
    activity: (devices: number) => activity.inc(devices),
    observeBodies: (read: () => BodiesLoad) => {
      load = read;
    },
  };
}
