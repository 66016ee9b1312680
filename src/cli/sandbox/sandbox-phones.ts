import type { Clock } from '../../domain/clock';
import type { Delivery, Notification } from '../../domain/notification';
import type { Logger } from '../../domain/logger';
import type { Provider } from '../../providers/provider';
import { LogGate } from '../../observability/log-gate';

/**
 * In sandbox mode no real phone rings, so the log shows what would be on its screen. Only there: elsewhere no text of a message
 * is ever logged.
 */
export function showSandboxPhones(logger: Logger, clock: Clock): (provider: Provider) => Provider {
  const gate = new LogGate(clock, linesASecond);
  return (provider) => ({
    name: provider.name,
    app: provider.app,
    lanes: provider.lanes,
    batch: provider.batch,
    get publicKey() {
      return provider.publicKey ?? '';
    },
    check: (lane) => provider.check(lane),
    close: (deadlineMs) => provider.close(deadlineMs),
    send: (notification, deliveries, settle) =>
      provider.send(notification, deliveries, (delivery, outcome) => {
        if (outcome.kind === 'accepted') show(logger, gate, provider, notification, delivery);
        settle(delivery, outcome);
      }),
  });
}

function show(
  logger: Logger,
  gate: LogGate,
  { name: provider }: Provider,
  { title, body, kind }: Notification,
  { uid, deviceId }: Delivery,
): void {
  const passed = gate.pass();
  if (passed === null) return;
  const text = [title, body].filter((part) => part !== null).join(' — ');
  const shown = text === '' ? `a ${kind} notification without text` : text;
  logger.info(
    { event: 'sandbox_push_shown', provider, uid, deviceId, text: shown, ...passed },
    'notification shown by a sandbox phone',
  );
}

/** A group of thousands would hide the rest of the log. */
const linesASecond = 20;
