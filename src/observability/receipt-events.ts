import { Counter, type Registry } from 'prom-client';
import type { Clock } from '../domain/clock';
import type { Logger } from '../domain/logger';
import type { ProviderName } from '../domain/provider-table';
import type { ReceiptResult } from '../domain/outcome';
import { LogGate } from './log-gate';

export type ReceiptEvents = ReturnType<typeof createReceiptEvents>;

/** What vendors report of pushes that they had accepted. */
export function createReceiptEvents({
  logger,
  registry,
  clock,
}: {
  readonly logger: Logger;
  readonly registry: Registry;
  readonly clock: Clock;
}) {
  const verdicts = new Counter({
    name: 'relay_receipt_verdicts_total',
    help: 'Verdicts on device tokens in receipts of vendors, by what they changed',
    labelNames: ['provider', 'result'],
    registers: [registry],
  });
  const gate = new LogGate(clock, linesASecond);
  const gated = (fields: object, message: string): void => {
    const passed = gate.pass();
    if (passed !== null) logger.warn({ ...fields, ...passed }, message);
  };
  return {
    verdict: (provider: ProviderName, result: ReceiptResult) => verdicts.inc({ provider, result }),
    refused: (provider: ProviderName, app: string, reason: 'unauthorized' | 'malformed') =>
      gated({ provider, app, reason }, 'receipt refused'),
    failed: (provider: ProviderName, app: string, error: unknown) =>
      gated({ provider, app, err: error }, 'a receipt could not be worked off; the vendor may send it again'),
  };
}

const linesASecond = 5;
