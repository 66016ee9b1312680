import type { Conversation, Mute, Preferences } from '../domain/people';
import type { JsonObject } from '../shared/json-object';
import { isObject } from '../shared/json-object';
import { isVisible, lineFault, readImageUrl } from '../shared/text-rules';
import { readMutes, readPreferences } from './reader-answer';

/** What an app calls somebody, or a channel. */
export interface NamedAnswer {
  readonly name: string | null;
  readonly avatarUrl: string | null;
}

/** What a reader wants; null is what the answer does not say. */
export interface ReaderAnswer {
  readonly preferences: Preferences | null;
  readonly mutes: readonly Mute[] | null;
}

/** By uid, or by the keys below. A reader whose row cannot be understood is `unclear`. */
export interface ResolverAnswer {
  readonly users: ReadonlyMap<string, NamedAnswer>;
  readonly channels: ReadonlyMap<string, NamedAnswer>;
  readonly members: ReadonlyMap<string, string>;
  readonly aliases: ReadonlyMap<string, string>;
  readonly readers: ReadonlyMap<string, ReaderAnswer | 'unclear'>;
}

const lists = ['users', 'channels', 'members', 'aliases', 'readers'] as const;

/** Null: it is no JSON object, one of its lists is no list, or it has other fields only. Rows and fields that nobody understands are left out. */
export function readAnswer(text: string): ResolverAnswer | null {
  let answer: unknown;
  try {
    // Some servers begin with a byte order mark, of the file that their code is in.
    answer = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return null;
  }
  if (!isObject(answer) || isForeign(answer)) return null;
  const rows: Record<(typeof lists)[number], JsonObject[]> = {
    users: [],
    channels: [],
    members: [],
    aliases: [],
    readers: [],
  };
  for (const list of lists) {
    const value = answer[list];
    if (value === undefined || value === null) continue;
    if (!Array.isArray(value)) return null;
    rows[list] = value.filter(isObject);
  }
  return {
    users: mapOf(rows.users, (row) => idIn(row, 'uid'), namedAnswer),
    channels: mapOf(rows.channels, channelKeyIn, namedAnswer),
    members: mapOf(rows.members, (row) => memberKey(channelKeyIn(row), idIn(row, 'uid')), nameIn),
    aliases: mapOf(rows.aliases, (row) => aliasKey(idIn(row, 'uid'), idIn(row, 'peer_uid')), nameIn),
    readers: mapOf(rows.readers, (row) => idIn(row, 'uid'), readerAnswer),
  };
}

/** `{"code":401,"msg":"log in"}` with status 200: to take it for "nobody wants anything" would show what somebody hides. */
function isForeign(answer: JsonObject): boolean {
  const names = Object.keys(answer);
  return names.length > 0 && !lists.some((list) => names.includes(list));
}

export function channelKey({ channelType, channelId }: Conversation): string {
  return `${channelType}:${channelId}`;
}

export function memberKey(channel: string | null, uid: string | null): string | null {
  return channel === null || uid === null ? null : `${channel}\n${uid}`;
}

export function aliasKey(readerUid: string | null, peerUid: string | null): string | null {
  return readerUid === null || peerUid === null ? null : `${readerUid}\n${peerUid}`;
}

function mapOf<T>(
  rows: readonly JsonObject[],
  keyOf: (row: JsonObject) => string | null,
  valueOf: (row: JsonObject) => T | null,
): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const row of rows) {
    const key = keyOf(row);
    const value = key === null ? null : valueOf(row);
    if (key !== null && value !== null) map.set(key, value);
  }
  return map;
}

function idIn(row: JsonObject, field: string): string | null {
  const value = row[field];
  return typeof value === 'string' && value !== '' && value.length <= longestId ? value : null;
}

function channelKeyIn(row: JsonObject): string | null {
  const { channel_type: type } = row;
  const id = idIn(row, 'channel_id');
  return id === null || !Number.isInteger(type)
    ? null
    : channelKey({ channelType: Number(type), channelId: id });
}

function nameIn({ name }: JsonObject): string | null {
  if (typeof name !== 'string' || name.length > longestName) return null;
  return isVisible(name) && lineFault(name) === null ? name : null;
}

function namedAnswer(row: JsonObject): NamedAnswer {
  const { avatar_url: avatar } = row;
  const read = typeof avatar === 'string' ? readImageUrl(avatar) : null;
  return { name: nameIn(row), avatarUrl: read !== null && read.ok ? read.url : null };
}

function readerAnswer(row: JsonObject): ReaderAnswer | 'unclear' {
  const preferences = readPreferences(row['preferences']);
  const mutes = readMutes(row['mutes']);
  return preferences === 'unclear' || mutes === 'unclear' ? 'unclear' : { preferences, mutes };
}

const longestId = 1_024;
const longestName = 256;
