import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory and those above it, for their owner only. Not by mkdir's own `recursive`: where a file system answers ENOENT
 * below a directory that is there (/proc), Node never ends.
 */
export async function makeDirectory(directory: string): Promise<void> {
  const missing: string[] = [];
  await nearestDirectory(directory, missing);
  for (const path of missing.reverse()) {
    await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  }
}

/** The nearest directory above that is there; those between are put into `missing`. */
export async function nearestDirectory(directory: string, missing: string[]): Promise<string> {
  let path = directory;
  for (; !(await isThere(path)); path = dirname(path)) missing.push(path);
  return path;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
