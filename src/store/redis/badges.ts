import { conversationDigest, MessageDigests } from '../counted-messages';
import type { Conversation } from '../../domain/people';
import type { UnreadByConversation } from '../../domain/person-record';
import type {
  BadgeKey,
  Badges,
  ConversationKey,
  CountedMessage,
  RecalledMessage,
  Unread,
} from '../ports/badges';
import {
  countScript,
  getScript,
  readScript,
  recallScript,
  resetScript,
  setScript,
  unreadScript,
} from './badge-scripts';
import type { Keys } from './commands/keys';
import { chunks, runTrips } from './commands/script-trips';
import type { DeadlineClient } from './server/deadline-client';

const usersATrip = 1_000;

/** A hash per uid, which `badge-scripts.ts` describes. */
export class RedisBadges implements Badges {
  readonly #client: DeadlineClient;
  readonly #keys: Keys;

  constructor(client: DeadlineClient, keys: Keys) {
    this.#client = client;
    this.#keys = keys;
  }

  async getMany(keys: readonly BadgeKey[]): Promise<readonly (number | null)[]> {
    const counts = await runTrips<string>(
      this.#client,
      getScript,
      keys.map(({ uid, app }) => [this.#keys.badges(uid), app]),
    );
    return counts.map((count) => (count === '' ? null : Number(count)));
  }

  async set(uid: string, app: string, count: number, unread: UnreadByConversation = {}): Promise<void> {
    const shares = Object.entries(unread).flatMap(([digest, older]) => [digest, String(older)]);
    const args = [app, String(Math.max(0, Math.trunc(count))), ...shares];
    await this.#client.run(setScript, this.#keys.badges(uid), args);
  }

  async count(messages: readonly CountedMessage[]): Promise<readonly Unread[]> {
    const digests = new MessageDigests();
    const numbers = await runTrips<number>(
      this.#client,
      countScript,
      messages.map((message) => [
        ...this.#argsOf(message, digests),
        String(message.messageSeq),
        String(message.receivedAtMs),
      ]),
    );
    return messages.map((_, at) => ({
      count: numbers[at * 2] ?? 0,
      ofConversation: numbers[at * 2 + 1] ?? 0,
    }));
  }

  unreadOf(keys: readonly ConversationKey[]): Promise<readonly number[]> {
    const lists = keys.map((key) => [this.#keys.badges(key.uid), key.app, conversationDigest(key)]);
    return runTrips<number>(this.#client, unreadScript, lists);
  }

  async recall(messages: readonly RecalledMessage[]): Promise<void> {
    const digests = new MessageDigests();
    await runTrips(
      this.#client,
      recallScript,
      messages.map((message) => this.#argsOf(message, digests)),
    );
  }

  async read(
    uid: string,
    apps: readonly string[],
    conversation: Conversation,
    upToSeq: number | null,
    atMs: number,
  ): Promise<void> {
    const upTo = upToSeq === null ? '' : String(upToSeq);
    const args = [conversationDigest(conversation), upTo, String(atMs), ...apps];
    await this.#client.run(readScript, this.#keys.badges(uid), args);
  }

  async reset(uids: readonly string[], apps: readonly string[]): Promise<void> {
    const trips = chunks(uids, this.#client.isCluster ? 1 : usersATrip).map((some) => {
      const users = some.map((uid) => this.#keys.badges(uid));
      return this.#client.run(resetScript, users[0] ?? '', [String(apps.length), ...apps, ...users], 'utf8');
    });
    await Promise.all(trips);
  }

  async eraseUser(uid: string): Promise<void> {
    await this.#client.call('DEL', [this.#keys.badges(uid)]);
  }

  #argsOf(message: RecalledMessage, digests: MessageDigests): string[] {
    const digest = digests.ofMessage(message.messageId).toString('base64url');
    return [this.#keys.badges(message.uid), message.app, digest, digests.ofConversation(message)];
  }
}
