import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Config } from '../../config/config';
import { quantityText } from '../../config/leaves/numbers';
import { directoryFault } from '../../store/embedded/disk/data-directory';
import { Findings, type Finding } from './finding';

/** Below it the share of free space decides. */
const plentyFreeBytes = 1024 ** 3;

/** The data directory: of the embedded store, or of the journal that stands in for Redis. */
export async function checkDisk({ dataDir, journal, store }: Config): Promise<readonly Finding[]> {
  const findings = new Findings('disk');
  const fault = await directoryFault(dataDir);
  if (fault !== null)
    return findings.failed(
      dataDir,
      `The data directory cannot be used: ${fault}.`,
      'Give the directory to the user of the relay, or set DATA_DIR (data_dir) to another one.',
    ).all;
  const { bavail, blocks, bsize } = await statfs(nearest(resolve(dataDir)));
  const freeBytes = bavail * bsize;
  const freePercent = blocks === 0 ? 100 : (bavail / blocks) * 100;
  const shown = `${freePercent.toFixed(1)} % (${(freeBytes / plentyFreeBytes).toFixed(1)} GiB) is free.`;
  const isEnough = store.kind === 'embedded' && freeBytes >= plentyFreeBytes;
  if (freePercent < journal.minFreePercent && !isEnough)
    return findings.failed(
      dataDir,
      `${shown} Below ${String(journal.minFreePercent)} % the relay accepts no more webhooks on this disk.`,
      'Free space, move DATA_DIR (data_dir) to a larger disk, or lower journal.min_free_percent.',
    ).all;
  if (store.kind === 'redis' && freeBytes < journal.maxBytes)
    return findings.warning(
      dataDir,
      `${shown} The journal may take ${String(quantityText(journal.maxBytes, 'bytes'))}, so an outage of Redis fills this disk.`,
      'Free space, or lower journal.max_bytes.',
    ).all;
  return findings.ok(dataDir, shown).all;
}

function nearest(path: string): string {
  return existsSync(path) ? path : nearest(dirname(path));
}
