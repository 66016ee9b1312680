import type { Redis } from 'ioredis';
import type { Mute, Preferences, Profile } from '../../domain/people';
import type { PersonRecord } from '../../domain/person-record';
import { StoreUnavailableError } from '../ports/errors';
import type { PersonRecords } from '../ports/person-records';
import type { Keys, PersonKey } from './commands/keys';
import { readCounts } from './badge-scripts';
import { preferencesField } from './preferences';
import type { DeadlineClient } from './server/deadline-client';

const keysAStep = 500;

/** By SCAN over each master; a key may come twice. Reads the keys of `profiles.ts`, `given-names.ts`, `preferences.ts` and `badges.ts`. */
export class RedisPersonRecords implements PersonRecords {
  readonly #redis: DeadlineClient;
  readonly #keys: Keys;

  constructor(redis: DeadlineClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async *scan(): AsyncGenerator<readonly PersonRecord[], void, undefined> {
    for (const master of this.#redis.masters()) {
      let cursor = '0';
      do {
        const [next, keys] = await this.#step(master, cursor);
        const pages = await Promise.all([...new Set(keys)].map((key) => this.#read(key)));
        const page = pages.flat();
        if (page.length > 0) yield page;
        cursor = next;
      } while (cursor !== '0');
    }
  }

  async #step(master: Redis, cursor: string): Promise<[string, string[]]> {
    if (!this.#redis.isOpen) throw new StoreUnavailableError('Redis cannot be reached');
    const args = [cursor, 'MATCH', this.#keys.tagged(), 'COUNT', String(keysAStep)];
    return (await this.#redis.callOn(master, 'SCAN', args)) as [string, string[]];
  }

  async #read(key: string): Promise<readonly PersonRecord[]> {
    const about = this.#keys.personOf(key);
    if (about === null) return [];
    switch (about.kind) {
      case 'user':
      case 'channel': {
        const value = (await this.#redis.call('GET', [key], 'utf8')) as string | null;
        return value === null ? [] : [profileRecord(about, JSON.parse(value) as Profile)];
      }
      case 'aliases':
      case 'members':
      case 'settings':
        return (await this.#fieldsOf(key)).flatMap(([field, value]) => recordOf(about, field, value));
      case 'badges':
        return readCounts(await this.#fieldsOf(key)).map((counted) => ({
          kind: 'badge',
          uid: about.uid,
          ...counted,
        }));
      default:
        return about satisfies never;
    }
  }

  async #fieldsOf(key: string): Promise<readonly (readonly [field: string, value: string])[]> {
    const reply = (await this.#redis.call('HGETALL', [key], 'utf8')) as string[];
    const fields: (readonly [string, string])[] = [];
    for (let at = 0; at < reply.length; at += 2) fields.push([reply[at] ?? '', reply[at + 1] ?? '']);
    return fields;
  }
}

function profileRecord(
  about: Extract<PersonKey, { kind: 'user' | 'channel' }>,
  profile: Profile,
): PersonRecord {
  return { ...about, profile };
}

function recordOf(
  about: Extract<PersonKey, { kind: 'aliases' | 'members' | 'settings' }>,
  field: string,
  value: string,
): PersonRecord[] {
  switch (about.kind) {
    case 'aliases':
      return [{ kind: 'alias', readerUid: field, peerUid: about.uid, name: value }];
    case 'members': {
      const { channelType, channelId } = about;
      return [{ kind: 'member', channelType, channelId, uid: field, name: value }];
    }
    case 'settings':
      return field === preferencesField
        ? [{ kind: 'preferences', uid: about.uid, preferences: JSON.parse(value) as Preferences }]
        : [{ kind: 'mute', uid: about.uid, mute: JSON.parse(value) as Mute }];
    default:
      return about satisfies never;
  }
}
