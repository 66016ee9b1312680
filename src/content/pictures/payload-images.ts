import type { JsonObject } from '../../shared/json-object';
import { readImageUrl } from '../../shared/text-rules';
import { asString } from '../json-fields';

/** Where the payload of a type has what can be shown of it: an image, a GIF, the cover of a video. */
const fields: Readonly<Record<number, string>> = { 2: 'url', 3: 'url', 5: 'cover' };
/** What is longer leaves no room for the text in the 4,096 bytes of a payload. */
const longestUrl = 1_536;

/**
 * Images of payloads. A phone that loads one tells its host who reads the message, when and where from, and the sender chose the
 * host: so only https, and only hosts that the operator trusts (`host`, `host:port`, or `*.host` for those below it).
 */
export class PayloadImages {
  readonly #hosts: ReadonlySet<string>;
  readonly #suffixes: readonly string[];

  constructor(hosts: readonly string[]) {
    this.#hosts = new Set(hosts);
    this.#suffixes = hosts.filter((host) => host.startsWith('*.')).map((host) => host.slice(1));
  }

  read(type: number | null, payload: JsonObject): string | null {
    if (this.#hosts.size === 0) return null;
    const field = type === null ? undefined : fields[type];
    const written = field === undefined ? null : asString(payload[field]);
    if (written === null || written.length > longestUrl) return null;
    const read = readImageUrl(written);
    if (!read.ok || read.url.length > longestUrl) return null;
    return this.#trusts(new URL(read.url).host) ? read.url : null;
  }

  #trusts(host: string): boolean {
    return this.#hosts.has(host) || this.#suffixes.some((suffix) => host.endsWith(suffix));
  }
}
