import { readFileSync } from 'node:fs';
import { StoreConfigurationError } from '../../ports/errors';

const gibibyte = 1024 ** 3;
const largestMapBytes = 64 * gibibyte;
const smallestMapBytes = gibibyte;
/** For the process itself: its heap, the stacks of its threads, and 10 GiB that Node sets aside for the WebAssembly of its HTTP client. */
const spareBytes = 12 * gibibyte;

/**
 * How large the map may be: address space set aside, not memory and not disk, so that it never has to be moved. Under `ulimit -v` as
 * much as is left; lmdb-js ends the process by SIGSEGV where the system refuses the map. Throws StoreConfigurationError.
 */
export function mapSizeBytes(directory: string, fileBytes: number): number {
  const limitBytes = addressSpaceLimit();
  if (limitBytes === null) return largestMapBytes;
  const leftBytes = (limitBytes - addressSpaceUsed() - spareBytes) / 2;
  const mapBytes = Math.min(largestMapBytes, Math.floor(leftBytes / gibibyte) * gibibyte);
  if (mapBytes >= Math.max(smallestMapBytes, fileBytes * 2)) return mapBytes;
  throw new StoreConfigurationError(
    `data directory ${directory} cannot be mapped: this process may use ${Math.floor(limitBytes / 1024)} KiB of address space (ulimit -v, LimitAS). Remove the limit, or raise it to 160 GiB.`,
  );
}

/** Null: none, or a system that does not say so. */
function addressSpaceLimit(): number | null {
  const soft = /^Max address space\s+(\d+)/m.exec(textOf('/proc/self/limits'))?.[1];
  return soft === undefined ? null : Number(soft);
}

function addressSpaceUsed(): number {
  return Number(/^VmSize:\s+(\d+)/m.exec(textOf('/proc/self/status'))?.[1] ?? 0) * 1024;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
