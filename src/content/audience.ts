import type { JsonObject } from '../shared/json-object';
import { asObject, asUid, encodedTwice } from './json-fields';

export type MentionKind = 'none' | 'me' | 'all';

/** Whom a message is for, beyond the recipients that WuKongIM names. Null sets say nothing. */
export interface Audience {
  readonly mention: { readonly all: boolean; readonly uids: ReadonlySet<string> | null };
  readonly visibles: ReadonlySet<string> | null;
  readonly invisibles: ReadonlySet<string> | null;
  /**
   * The message is to be hidden from some, in a way that cannot be read from whom. It may be for any recipient, so it
   * rings; it may be hidden from any, so its text stays off every lock screen.
   */
  readonly unclear: boolean;
}

/** WuKongIM leaves `visibles` and `invisibles` to the clients, so a push must obey them or it leaks hidden text. */
export function readAudience(payload: JsonObject): Audience {
  const mention = asObject(decoded(payload['mention']));
  const visibles = decoded(payload['visibles']);
  const invisibles = decoded(payload['invisibles']);
  return {
    mention: {
      // Octo's clients (Mininglamp-OSS/octo-web) write `humans` where others write `all`; their `ais` are bots, who read no phone.
      all: isSet(mention?.['all']) || isSet(mention?.['humans']),
      uids: mention === null ? null : uidSet(decoded(mention['uids'])),
    },
    visibles: uidSet(visibles),
    invisibles: uidSet(invisibles),
    unclear: isUnclear(visibles) || isUnclear(invisibles, isUnreadableUid),
  };
}

export const everybody: Audience = {
  mention: { all: false, uids: null },
  visibles: null,
  invisibles: null,
  unclear: false,
};

/** A uid in both lists is hidden. An empty list hides nobody, as in WuKongIM's JS SDK. */
export function isVisibleTo(audience: Audience, uid: string): boolean {
  if (audience.invisibles !== null && audience.invisibles.has(uid)) return false;
  return audience.visibles === null || audience.visibles.has(uid);
}

/** Being named outranks being one of all. */
export function mentionOf(audience: Audience, uid: string): MentionKind {
  if (audience.mention.uids !== null && audience.mention.uids.has(uid)) return 'me';
  return audience.mention.all ? 'all' : 'none';
}

/** Some apps encode a list or an object within the payload a second time, as a text. */
function decoded(value: unknown): unknown {
  return typeof value === 'string' ? (encodedTwice(value) ?? value) : value;
}

function isSet(flag: unknown): boolean {
  return flag === 1 || flag === true || flag === '1';
}

/** A list without a single readable uid stays a restriction that nobody meets. */
function uidSet(value: unknown): ReadonlySet<string> | null {
  if (typeof value === 'string') return value === '' || severalUids.test(value) ? null : new Set([value]);
  if (!Array.isArray(value) || value.length === 0) return null;
  const uids = new Set<string>();
  for (const item of value) {
    const uid = asUid(item);
    if (uid !== null) uids.add(uid);
  }
  return uids;
}

/** Neither a list, nor a single uid, nor one of the ways to say nothing (a Lua table without entries is written `{}`). */
function isUnclear(value: unknown, isBadItem: (item: unknown) => boolean = () => false): boolean {
  if (Array.isArray(value)) return value.some(isBadItem);
  if (!value) return false;
  if (typeof value === 'string') return severalUids.test(value);
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** A list in a form of its own: as one uid, it would be nobody's. */
const severalUids = /[[\]{},]/;

/** In `invisibles` it may be anybody. */
function isUnreadableUid(item: unknown): boolean {
  return asUid(item) === null;
}
