import type { Device } from '../../domain/device';
import type { Mute, Preferences, Recipient } from '../../domain/people';
import type { RecipientQuestion, Recipients } from '../ports/recipients';
import type { UnreadDevices } from '../unread-devices';
import { joined } from './commands/joined';
import type { Keys } from './commands/keys';
import { Script } from './commands/script';
import { TurnBatch } from './commands/turn-batch';
import { toDevices } from './devices/device-row';
import { muteField, preferencesField } from './preferences';
import type { DeadlineClient } from './server/deadline-client';

/**
 * ARGV, of each question: how many uids, how many fields, the fields of the users' hashes that are asked for, and what the keys of each
 * uid begin with. Returns one JSON text: the devices of each uid, and of those who have any of the fields
 * `[index, value or null, …]`. Who has no device is not asked for fields.
 */
const findScript = new Script(`
local lists, settings, at = {}, {}, 1
while at <= #ARGV do
  local uids, count = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local fields = {}
  for index = 1, count do fields[index] = ARGV[at + 1 + index] end
  at = at + 2 + count
  for user = at, at + uids - 1 do
    local devices = redis.call('HVALS', ARGV[user] .. ':dev')
    lists[#lists + 1] = '[' .. table.concat(devices, ',') .. ']'
    if devices[1] then
      local values, known = redis.call('HMGET', ARGV[user] .. ':pref', unpack(fields)), false
      for index = 1, count do
        known = known or values[index]
        values[index] = values[index] or 'null'
      end
      if known then settings[#settings + 1] = '[' .. (#lists - 1) .. ',' .. table.concat(values, ',') .. ']' end
    end
  end
  at = at + uids
end
return '[[' .. table.concat(lists, ',') .. '],[' .. table.concat(settings, ',') .. ']]'
`);

type Reply = readonly [
  lists: readonly (readonly unknown[])[],
  settings: readonly (readonly [index: number, preferences: Preferences | null, mute?: Mute | null])[],
];

type Questions = readonly RecipientQuestion[];
type Answers = readonly Recipient[];

const usersATrip = 1_000;

/** One server answers what one turn of the event loop asks for together; a cluster each user by itself, all in the same trip. */
export class RedisRecipients implements Recipients {
  readonly #trips: TurnBatch<Questions, Answers>;
  readonly #redis: DeadlineClient;
  readonly #keys: Keys;
  readonly #unread: UnreadDevices;

  constructor(redis: DeadlineClient, keys: Keys, unreadDevices: UnreadDevices) {
    this.#redis = redis;
    this.#keys = keys;
    this.#unread = unreadDevices;

    this.#trips = new TurnBatch({
      send: (_, items) => this.#trip(items),
      weigh: countOf,
      maxWeight: usersATrip,
    });
  }

  async find(questions: Questions): Promise<Answers> {
    if (countOf(questions) === 0) return [];
    if (!this.#redis.isCluster) return this.#trips.add('', questions);
    const alone: Promise<Answers>[] = [];
    for (const { uids, conversation } of questions)
      for (const uid of uids) alone.push(this.#ask([{ uids: [uid], conversation }]));
    return joined(await Promise.all(alone));
  }

  async #trip(items: readonly Questions[]): Promise<readonly Answers[]> {
    const answers = await this.#ask(joined(items));
    if (items.length === 1) return [answers];
    let at = 0;
    return items.map((questions) => answers.slice(at, (at += countOf(questions))));
  }

  async #ask(questions: Questions): Promise<Answers> {
    const args: string[] = [];
    for (const { uids, conversation } of questions) {
      args.push(String(uids.length));
      if (conversation === null) args.push('1', preferencesField);
      else args.push('2', preferencesField, muteField(conversation));
      for (const uid of uids) args.push(this.#keys.user(uid));
    }
    const [first = ''] = questions.find(({ uids }) => uids.length > 0)?.uids ?? [];
    const text = (await this.#redis.run(findScript, this.#keys.devices(first), args, 'utf8')) as string;
    const [lists, settings] = JSON.parse(text) as Reply;
    const found: Found[] = [];
    for (const { uids } of questions)
      for (const uid of uids) {
        const devices = this.#unread.readableOf(toDevices(uid, lists[found.length] ?? []));
        found.push({ uid, devices, preferences: null, mute: null });
      }
    for (const [index, preferences, mute = null] of settings) {
      const recipient = found[index];
      if (recipient === undefined) continue;
      recipient.preferences = preferences;
      recipient.mute = mute;
    }
    return found;
  }
}

/** Before what few have is filled in. */
interface Found {
  readonly uid: string;
  readonly devices: readonly Device[];
  preferences: Preferences | null;
  mute: Mute | null;
}

function countOf(questions: Questions): number {
  let count = 0;
  for (const { uids } of questions) count += uids.length;
  return count;
}
