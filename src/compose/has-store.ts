import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config';

/** False when opening the configured store would make a new, empty one. Redis has no such difference. */
export function hasStore(config: Config): boolean {
  return config.store.kind !== 'embedded' || existsSync(join(config.dataDir, 'data.mdb'));
}
