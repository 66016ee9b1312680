import type { Registry } from 'prom-client';
import type { Config } from '../../config/config';
import type { AppConfig } from '../../config/sections/app';
import type { ReceiptConfig } from '../../config/sections/makers/maker-keys';
import type { DeliveryEngine } from '../../delivery/delivery-engine';
import type { Clock, Random } from '../../domain/clock';
import type { Logger } from '../../domain/logger';
import type { RequestHandler } from '../../http/http-server';
import { createReceiptEvents } from '../../observability/receipt-events';
import { createReceiptHandler } from '../../receipts/handler';
import { huaweiReceipts } from '../../receipts/huawei-receipts';
import { oppoReceipts } from '../../receipts/oppo-receipts';
import { xiaomiReceipts } from '../../receipts/xiaomi-receipts';
import type { ReceiptReader } from '../../receipts/receipt-reader';
import { createIds } from '../../shared/ids';
import type { Store } from '../../store/ports/store';

export interface ReceiptsContext {
  readonly config: Config;
  readonly store: Store;
  readonly delivery: DeliveryEngine;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** How each provider that sends receipts writes them; null: the app does not have the provider. */
const readers: Readonly<Record<string, (app: AppConfig) => ReceiptReader | null>> = {
  huawei: ({ huawei }) => huawei && huaweiReceipts(signingKey(huawei.receipt)),
  harmony: ({ harmony }) => harmony && huaweiReceipts(signingKey(harmony.receipt)),
  xiaomi: ({ xiaomi }) => xiaomi && xiaomiReceipts,
  oppo: ({ oppo }) => oppo && oppoReceipts,
};

function signingKey({ user, key }: ReceiptConfig) {
  return user === null || key === null ? null : { user, key: key.reveal() };
}

/** Answers what vendors report; everything else is the other's. */
export function besideReceipts(context: ReceiptsContext, other: RequestHandler): RequestHandler {
  const { config, store, delivery, registry, clock, random, logger } = context;
  const receipts = createReceiptHandler(
    { secret: config.receipts.secret?.reveal() ?? null },
    {
      readerOf: readersOf(config),
      report: (provider, app, verdict) => delivery.report(provider, app, verdict),
      sharedState: store.sharedState,
      events: createReceiptEvents({ logger, registry, clock }),
      clock,
      makeId: createIds(clock, random),
    },
  );
  return (request, response) => {
    if (receipts.takes(request.url)) receipts(request, response);
    else other(request, response);
  };
}

function readersOf({ apps }: Config): (provider: string, app: string) => ReceiptReader | null {
  const made = new Map<string, ReceiptReader>();
  for (const app of apps)
    for (const [provider, create] of Object.entries(readers)) {
      const reader = create(app);
      if (reader !== null) made.set(`${provider}/${app.name}`, reader);
    }
  return (provider, app) => made.get(`${provider}/${app}`) ?? null;
}
