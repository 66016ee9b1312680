import { z } from 'zod';
import { key } from './key';
import { text } from './leaves/texts';
import { apiSchema } from './sections/api';
import { appSchema } from './sections/app';
import { contentSchema } from './sections/content';
import { deliverySchema } from './sections/delivery';
import { devicesSchema } from './sections/devices';
import { journalSchema } from './sections/journal';
import { logSchema } from './sections/log';
import { providersSchema } from './sections/providers';
import { deadLettersSchema } from './sections/retention';
import { serverSchema } from './sections/server';
import { redisSchema } from './sections/store';
import { webhookSchema } from './sections/webhook';

export const APP_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Every key of the configuration file, by section. */
export const sections = {
  server: serverSchema.prefault({}),
  webhook: webhookSchema.prefault({}),
  api: apiSchema.prefault({}),
  data_dir: key(text('a directory', /^[^\0]+$/).default('./data'), { env: 'DATA_DIR' }),
  redis: redisSchema.prefault({}),
  journal: journalSchema.prefault({}),
  apps: z.record(z.string(), appSchema).prefault({}),
  providers: providersSchema.prefault({}),
  delivery: deliverySchema.prefault({}),
  devices: devicesSchema.prefault({}),
  content: contentSchema.prefault({}),
  dead_letters: deadLettersSchema.prefault({}),
  log: logSchema.prefault({}),
} as const;

export type Sections = { readonly [Name in keyof typeof sections]: z.output<(typeof sections)[Name]> };
