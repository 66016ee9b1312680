import type { AliasKey, AliasQuestion, GivenNames, MemberKey } from '../ports/given-names';
import { channelTypesOfUser } from '../../domain/message';
import { asPromise } from './disk/as-promise';
import type { Batch } from './disk/batch';
import type { Environment, Table } from './disk/environment';
import { compositeKey, numberedKey, prefixEnd, readParts, textKey } from './disk/keys';
import { eraseUnder, rowsUnder } from './disk/prefix-scan';
import { decodeJson, encodeJson } from './disk/value-codec';
import type { Writer } from './disk/writer';

interface Alias {
  readonly name: string;
  readonly reader: string;
}

interface Membership {
  readonly type: number;
  readonly id: string;
}

const none: readonly never[] = [];
/** One look for any alias of a peer costs as much as so many for the aliases of single readers. */
const fewReaders = 4;

/**
 * Aliases lie with the peer, because a message has one sender and many readers: a sender for whom nobody has an alias is seen
 * at one look. Two further tables lead from a uid to what has to go when it is erased.
 */
export class EmbeddedGivenNames implements GivenNames {
  /** Peer, reader → name and reader. */
  readonly #aliases: Table;
  /** Reader, peer → peer. */
  readonly #peers: Table;
  /** Channel, uid → name. */
  readonly #members: Table;
  /** Uid, channel → channel. */
  readonly #memberships: Table;
  readonly #writer: Writer;

  constructor(environment: Environment, writer: Writer) {
    this.#writer = writer;

    this.#aliases = environment.table('aliases');
    this.#peers = environment.table('aliased-peers');
    this.#members = environment.table('member-names');
    this.#memberships = environment.table('memberships');
  }

  findAliases(questions: readonly AliasQuestion[]): Promise<readonly (readonly (string | null)[])[]> {
    return asPromise(() => questions.map((question) => this.#readAliases(question)));
  }

  listAliasedPeers(readerUid: string): Promise<readonly string[]> {
    return asPromise(() =>
      [...rowsUnder(this.#peers, textKey(readerUid))].map(({ value }) => value.toString()),
    );
  }

  async putAlias(key: AliasKey, name: string): Promise<void> {
    const alias: Alias = { name, reader: key.readerUid };
    await this.#writer.run((batch) => {
      batch.put(this.#aliases, aliasKey(key), encodeJson(alias));
      batch.put(this.#peers, compositeKey(key.readerUid, key.peerUid), Buffer.from(key.peerUid));
    }, 'grow');
  }

  async removeAlias(key: AliasKey): Promise<void> {
    await this.#writer.run((batch) => this.#dropAlias(batch, key));
  }

  getMembers(keys: readonly MemberKey[]): Promise<readonly (string | null)[]> {
    return asPromise(() => keys.map((key) => this.#members.get(memberKey(key))?.toString() ?? null));
  }

  async putMember(key: MemberKey, name: string): Promise<void> {
    const membership: Membership = { type: key.channelType, id: key.channelId };
    await this.#writer.run((batch) => {
      batch.put(this.#members, memberKey(key), Buffer.from(name));
      batch.put(
        this.#memberships,
        numberedKey(key.uid, key.channelType, key.channelId),
        encodeJson(membership),
      );
    }, 'grow');
  }

  async removeMember(key: MemberKey): Promise<void> {
    await this.#writer.run((batch) => this.#dropMember(batch, key));
  }

  async eraseUser(uid: string): Promise<void> {
    const prefix = textKey(uid);
    await eraseUnder(this.#writer, this.#peers, prefix, (batch, { value }) =>
      this.#dropAlias(batch, { readerUid: uid, peerUid: value.toString() }),
    );
    await eraseUnder(this.#writer, this.#aliases, prefix, (batch, { value }) =>
      this.#dropAlias(batch, { readerUid: decodeJson<Alias>(value).reader, peerUid: uid }),
    );
    await eraseUnder(this.#writer, this.#memberships, prefix, (batch, { value }) => {
      const { type, id } = decodeJson<Membership>(value);
      this.#dropMember(batch, { channelType: type, channelId: id, uid });
    });
    for (const type of channelTypesOfUser)
      await eraseUnder(this.#writer, this.#members, numberedKey('', type, uid), (batch, { key }) => {
        const [, , member = ''] = readParts(key, 'text', 'number', 'text', 'text').texts;
        this.#dropMember(batch, { channelType: type, channelId: uid, uid: member });
      });
  }

  #readAliases({ peerUid, readerUids }: AliasQuestion): readonly (string | null)[] {
    if (readerUids.length > fewReaders && !this.#hasAny(peerUid)) return none;
    let aliases: (string | null)[] | null = null;
    for (const [index, readerUid] of readerUids.entries()) {
      const alias = this.#readAlias({ readerUid, peerUid });
      if (alias === null) continue;
      aliases ??= new Array<string | null>(readerUids.length).fill(null);
      aliases[index] = alias;
    }
    return aliases ?? none;
  }

  #hasAny(peerUid: string): boolean {
    const start = textKey(peerUid);
    for (const _ of this.#aliases.getKeys({ start, end: prefixEnd(start), limit: 1 })) return true;
    return false;
  }

  #readAlias(key: AliasKey): string | null {
    const value = this.#aliases.get(aliasKey(key));
    return value === undefined ? null : decodeJson<Alias>(value).name;
  }

  #dropAlias(batch: Batch, key: AliasKey): void {
    batch.remove(this.#aliases, aliasKey(key));
    batch.remove(this.#peers, compositeKey(key.readerUid, key.peerUid));
  }

  #dropMember(batch: Batch, key: MemberKey): void {
    batch.remove(this.#members, memberKey(key));
    batch.remove(this.#memberships, numberedKey(key.uid, key.channelType, key.channelId));
  }
}

function aliasKey({ readerUid, peerUid }: AliasKey): Buffer {
  return compositeKey(peerUid, readerUid);
}

function memberKey({ channelType, channelId, uid }: MemberKey): Buffer {
  return Buffer.concat([numberedKey('', channelType, channelId), textKey(uid)]);
}
