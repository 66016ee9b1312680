import { join } from 'node:path';
import type { CliIo } from '../cli-io';

/** A request that a real WuKongIM server sent. */
export interface Recording {
  readonly note: string;
  readonly event: string;
  readonly body: string;
}

/** The recorded requests stand beside the tests that replay them, e.g. `v2/person-text`. */
export function readRecording(io: Pick<CliIo, 'readFile'>, name: string): Recording {
  const file = join(__dirname, '../../../test/fixtures/wukongim', `${name}.json`);
  return JSON.parse(io.readFile(file).toString('utf8')) as Recording;
}
