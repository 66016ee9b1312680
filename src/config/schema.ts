import { z } from 'zod';
import { key } from './key';
import { directory } from './leaves/texts';
import { apiSchema } from './sections/api/api';
import { appSchema } from './sections/app';
import { badgeSchema } from './sections/badge';
import { compatSchema } from './sections/compat';
import { contentSchema } from './sections/content';
import { deliverySchema } from './sections/delivery';
import { devicesSchema } from './sections/devices';
import { feedbackSchema } from './sections/called/feedback';
import { journalSchema } from './sections/journal';
import { logSchema } from './sections/log';
import { otelSchema } from './sections/called/otel';
import { presenceSchema } from './sections/called/presence';
import { providersSchema } from './sections/providers';
import { receiptsSchema } from './sections/receipts';
import { resolverSchema } from './sections/called/resolver';
import { deadLettersSchema, traceSchema } from './sections/retention';
import { serverSchema } from './sections/server';
import { redisSchema } from './sections/store';
import { webhookSchema } from './sections/webhook';
import { wukongimSchema } from './sections/called/wukongim';

export const appNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Every key of the configuration file, by section. */
export const sections = {
  server: serverSchema.prefault({}),
  webhook: webhookSchema.prefault({}),
  api: apiSchema.prefault({}),
  compat: compatSchema.prefault({}),
  data_dir: key(directory().default('./data'), { env: 'DATA_DIR' }),
  redis: redisSchema.prefault({}),
  journal: journalSchema.prefault({}),
  apps: z.record(z.string(), appSchema).prefault({}),
  providers: providersSchema.prefault({}),
  delivery: deliverySchema.prefault({}),
  devices: devicesSchema.prefault({}),
  content: contentSchema.prefault({}),
  resolver: resolverSchema.prefault({}),
  wukongim: wukongimSchema.prefault({}),
  presence: presenceSchema.prefault({}),
  feedback: feedbackSchema.prefault({}),
  badge: badgeSchema.prefault({}),
  dead_letters: deadLettersSchema.prefault({}),
  trace: traceSchema.prefault({}),
  receipts: receiptsSchema.prefault({}),
  otel: otelSchema.prefault({}),
  log: logSchema.prefault({}),
} as const;

export type Sections = { readonly [Name in keyof typeof sections]: z.output<(typeof sections)[Name]> };
