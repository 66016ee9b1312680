import type { AliasKey, AliasQuestion, GivenNames, MemberKey } from '../ports/given-names';
import { channelTypesOfUser } from '../../domain/message';
import type { HashFields } from './commands/hash-fields';
import type { Keys } from './commands/keys';
import type { DeadlineClient } from './server/deadline-client';

const none: readonly never[] = [];
/** An argument costs the process a fifth of what a command does. */
const fewReaders = 20;
const scannedAtOnce = 500;

/**
 * Aliases lie with the peer, because a message has one sender and many readers: one HMGET a sender, however many read. Sets
 * lead from a uid to what has to go when it is erased; they are written first, so that they never lack anything.
 */
export class RedisGivenNames implements GivenNames {
  readonly #redis: DeadlineClient;
  readonly #fields: HashFields;
  readonly #keys: Keys;

  constructor(redis: DeadlineClient, fields: HashFields, keys: Keys) {
    this.#redis = redis;
    this.#fields = fields;
    this.#keys = keys;
  }

  /** That nobody has an alias for a peer is asked first where many readers would have to be named. */
  async findAliases(questions: readonly AliasQuestion[]): Promise<readonly (readonly (string | null)[])[]> {
    if (!questions.some(isLarge)) return this.#aliasesOf(questions);
    return Promise.all(
      questions.map(async (question) => {
        if (isLarge(question) && !(await this.#hasAny(question.peerUid))) return none;
        const [aliases = none] = await this.#aliasesOf([question]);
        return aliases;
      }),
    );
  }

  async listAliasedPeers(readerUid: string): Promise<readonly string[]> {
    return (await this.#redis.call('SMEMBERS', [this.#keys.aliasedPeers(readerUid)], 'utf8')) as string[];
  }

  async putAlias({ readerUid, peerUid }: AliasKey, name: string): Promise<void> {
    await this.#redis.call('SADD', [this.#keys.aliasedPeers(readerUid), peerUid]);
    await this.#redis.call('HSET', [this.#keys.aliases(peerUid), readerUid, name]);
  }

  async removeAlias({ readerUid, peerUid }: AliasKey): Promise<void> {
    await this.#redis.call('HDEL', [this.#keys.aliases(peerUid), readerUid]);
    await this.#redis.call('SREM', [this.#keys.aliasedPeers(readerUid), peerUid]);
  }

  async getMembers(keys: readonly MemberKey[]): Promise<readonly (string | null)[]> {
    const found = await this.#fields.many(
      keys.map(({ channelType, channelId, uid }) => ({
        key: this.#keys.members(channelType, channelId),
        fields: [uid],
      })),
    );
    return found.map(([name = null]) => name);
  }

  async putMember({ channelType, channelId, uid }: MemberKey, name: string): Promise<void> {
    await this.#redis.call('SADD', [this.#keys.memberships(uid), `${channelType}:${channelId}`]);
    await this.#redis.call('HSET', [this.#keys.members(channelType, channelId), uid, name]);
  }

  async removeMember({ channelType, channelId, uid }: MemberKey): Promise<void> {
    await this.#redis.call('HDEL', [this.#keys.members(channelType, channelId), uid]);
    await this.#redis.call('SREM', [this.#keys.memberships(uid), `${channelType}:${channelId}`]);
  }

  async eraseUser(uid: string): Promise<void> {
    await this.#eachOf('SSCAN', this.#keys.aliasedPeers(uid), (peerUid) =>
      this.#redis.call('HDEL', [this.#keys.aliases(peerUid), uid]),
    );
    await this.#eachOf('HSCAN', this.#keys.aliases(uid), (readerUid) =>
      this.#redis.call('SREM', [this.#keys.aliasedPeers(readerUid), uid]),
    );
    await this.#eachOf('SSCAN', this.#keys.memberships(uid), (channel) => {
      const colon = channel.indexOf(':');
      const key = this.#keys.members(Number(channel.slice(0, colon)), channel.slice(colon + 1));
      return this.#redis.call('HDEL', [key, uid]);
    });
    for (const type of channelTypesOfUser)
      await this.#eachOf('HSCAN', this.#keys.members(type, uid), (member) =>
        this.#redis.call('SREM', [this.#keys.memberships(member), `${type}:${uid}`]),
      );
  }

  async #aliasesOf(questions: readonly AliasQuestion[]): Promise<readonly (readonly (string | null)[])[]> {
    const found = await this.#fields.many(
      questions.map(({ peerUid, readerUids }) => ({ key: this.#keys.aliases(peerUid), fields: readerUids })),
    );
    return found.map((aliases) => (aliases.some((alias) => alias !== null) ? aliases : none));
  }

  async #hasAny(peerUid: string): Promise<boolean> {
    return (await this.#redis.call('EXISTS', [this.#keys.aliases(peerUid)])) === 1;
  }

  /** Does it for each member of a set, or field of a hash, and then removes the key. */
  async #eachOf(
    scan: 'SSCAN' | 'HSCAN',
    key: string,
    action: (member: string) => Promise<unknown>,
  ): Promise<void> {
    let cursor = '0';
    do {
      const page = await this.#redis.call(scan, [key, cursor, 'COUNT', String(scannedAtOnce)], 'utf8');
      const [next, members] = page as [string, string[]];
      const step = scan === 'HSCAN' ? 2 : 1;
      await Promise.all(members.filter((_, index) => index % step === 0).map(action));
      cursor = next;
    } while (cursor !== '0');
    await this.#redis.call('DEL', [key]);
  }
}

function isLarge({ readerUids }: AliasQuestion): boolean {
  return readerUids.length > fewReaders;
}
