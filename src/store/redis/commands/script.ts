import { createHash } from 'node:crypto';

/** A Lua script. All keys that it touches carry the hash tag of its first key, which alone is declared (see `DeadlineClient.keysOf`). */
export class Script {
  readonly sha: string;

  constructor(readonly source: string) {
    this.sha = createHash('sha1').update(source).digest('hex');
  }
}
