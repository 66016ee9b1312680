import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The version in package.json, which stands two folders above both `src/compose` and `dist/compose`. */
export function relayVersion(): string {
  const file = join(__dirname, '../../package.json');
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return version;
}
