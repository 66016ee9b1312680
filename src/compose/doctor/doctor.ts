/*
 * Open this file first: it makes one check after the other, in the order of `finding.ts`. Each check is a file: `disk.ts`,
 * `redis.ts`, `clock.ts`, `credentials.ts` (each provider, with `accepts-credential.ts`, `swapped-ids.ts` and
 * `through-sdk.ts`), `wukongim.ts`,
 * `wukongim-file.ts` (with `wukongim-settings.ts`, which reads the file) and `webhook.ts`. `options.ts` is what they are given. None of them rejects for what it looks
 * at.
 */

import { checkClock } from './clock';
import { checkCredentials } from './credentials';
import { checkDisk } from './disk';
import type { Finding } from './finding';
import type { DoctorOptions } from './options';
import { checkRedis } from './redis';
import { checkWebhook } from './webhook';
import { checkWukongim } from './wukongim';
import { checkWukongimFile } from './wukongim-file';

/** The findings of each check as it ends. */
export async function* examine(options: DoctorOptions): AsyncGenerator<Finding> {
  yield* await checkDisk(options.config);
  yield* await checkRedis(options);
  yield* await checkClock(options);
  yield* checkCredentials(options);
  yield* await checkWukongim(options);
  yield* await checkWukongimFile(options);
  yield* await checkWebhook(options);
}
