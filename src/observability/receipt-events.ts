import { Counter, type Registry } from 'prom-client';
import type { Clock } from '../domain/clock';
import type { Logger } from '../domain/logger';
import type { ProviderName } from '../domain/provider-table';
import type { ReceiptResult } from '../domain/outcome';
import { gatedLines, LogGate } from './log-gate';

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
  const line = gatedLines(logger, () => new LogGate(clock, linesASecond));
  const refused = line('receipt_refused', 'receipt refused');
  const failed = line('receipt_failed', 'receipt not processed; the vendor may send it again');
  return {
    verdict: (provider: ProviderName, result: ReceiptResult) => verdicts.inc({ provider, result }),
    refused: (provider: ProviderName, app: string, reason: 'wrong_secret' | 'unauthorized' | 'malformed') =>
      refused({ provider, app, reason }),
    failed: (provider: ProviderName, app: string, error: unknown) => failed({ provider, app, err: error }),
  };
}

const linesASecond = 5;
