import type { Mute, Preferences, Profile } from '../../domain/people';
import type { PersonRecord, UnreadByConversation } from '../../domain/person-record';
import { nextTurn } from '../../runtime/slice';
import type { PersonRecords } from '../ports/person-records';
import { decodeShare, unreadIn } from './badge-share';
import { epochOf } from './badges';
import type { Environment, Table } from './disk/environment';
import { afterKey, readParts } from './disk/keys';
import { rowsUnder } from './disk/prefix-scan';
import { decodeJson, decodeNumber } from './disk/value-codec';

const rowsAPage = 500;

type Read = (key: Buffer, value: Buffer, table: Table) => PersonRecord | null;

/** Reads the tables of `profiles.ts`, `given-names.ts`, `preferences.ts` and `badges.ts`, whose keys hold the ids. */
export class EmbeddedPersonRecords implements PersonRecords {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  async *scan(): AsyncGenerator<readonly PersonRecord[], void, undefined> {
    for (const [name, read] of readers)
      for (const page of this.#pagesOf(this.#environment.table(name), read)) {
        yield page;
        await nextTurn();
      }
  }

  *#pagesOf(table: Table, read: Read): Generator<readonly PersonRecord[], void, undefined> {
    let start: Buffer = Buffer.alloc(0);
    for (;;) {
      const page: PersonRecord[] = [];
      let rows = 0;
      for (const row of table.getRange({ start, limit: rowsAPage })) {
        const key = Buffer.from(row.key);
        const record = read(key, row.value, table);
        if (record !== null) page.push(record);
        start = afterKey(key);
        rows += 1;
      }
      if (page.length > 0) yield page;
      if (rows < rowsAPage) return;
    }
  }
}

const readers: readonly (readonly [table: string, read: Read])[] = [
  [
    'user-profiles',
    (key, value) => {
      const { texts } = readParts(key, 'text');
      return { kind: 'user', uid: texts[0] ?? '', profile: decodeJson<Profile>(value) };
    },
  ],
  [
    'channel-profiles',
    (key, value) => {
      const { number, texts } = readParts(key, 'text', 'number', 'text');
      const profile = decodeJson<Profile>(value);
      return { kind: 'channel', channelType: number, channelId: texts[1] ?? '', profile };
    },
  ],
  [
    'aliases',
    (key, value) => {
      const { texts } = readParts(key, 'text');
      const { name, reader } = decodeJson<{ readonly name: string; readonly reader: string }>(value);
      return { kind: 'alias', readerUid: reader, peerUid: texts[0] ?? '', name };
    },
  ],
  [
    'member-names',
    (key, value) => {
      const { number, texts } = readParts(key, 'text', 'number', 'text', 'text');
      const [, channelId = '', uid = ''] = texts;
      return { kind: 'member', channelType: number, channelId, uid, name: value.toString() };
    },
  ],
  [
    'preferences',
    (key, value) => {
      const { preferences } = decodeJson<{ readonly preferences: Preferences | null }>(value);
      const [uid = ''] = readParts(key, 'text').texts;
      return preferences === null ? null : { kind: 'preferences', uid, preferences };
    },
  ],
  [
    'mutes',
    (key, value) => ({
      kind: 'mute',
      uid: readParts(key, 'text').texts[0] ?? '',
      mute: decodeJson<Mute>(value),
    }),
  ],
  [
    'badges',
    (key, value, table) => {
      const { texts, end } = readParts(key, 'text', 'text');
      const [uid = '', app = ''] = texts;
      // Below it stand its conversations.
      if (end < key.length) return null;
      return {
        kind: 'badge',
        uid,
        app,
        count: decodeNumber(value),
        conversations: sharesOf(key, value, table),
      };
    },
  ],
];

function sharesOf(count: Buffer, value: Buffer, table: Table): UnreadByConversation {
  const epoch = epochOf(value);
  const unread: [digest: string, number: number][] = [];
  for (const row of rowsUnder(table, count)) {
    if (row.key.length === count.length) continue;
    const share = decodeShare(row.value);
    const [digest = ''] = readParts(row.key.subarray(count.length), 'text').texts;
    if (share.epoch === epoch && unreadIn(share) > 0) unread.push([digest, unreadIn(share)]);
  }
  return Object.fromEntries(unread);
}
