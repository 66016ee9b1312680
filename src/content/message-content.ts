import { settingBits, type Message } from '../domain/message';
import { everybody, readAudience, type Audience } from './audience';
import { neutralGist, readGist, type Gist } from './gist';
import { asInteger, asObject, asString, type JsonObject } from './json-fields';
import { decodePayload } from './payload';

/** A message that tells apps to do something; nobody reads it. `cmd` is null where the payload does not say. */
export interface Command {
  readonly cmd: string | null;
  readonly param: JsonObject | null;
}

/** What the relay understood of a message's payload. Read once a message, whoever and how many it is for. */
export interface MessageContent extends Audience {
  /** WuKongIM's content type; null where the payload is no JSON object or has none. */
  readonly type: number | null;
  /** The payload is ciphertext, or stands for a text that could not be decrypted. */
  readonly encrypted: boolean;
  /** Not null: a command, not to be pushed. */
  readonly command: Command | null;
  /** A command that invites to a call. Recognised, and until calls are supported not pushed either, as any command. */
  readonly isCallInvite: boolean;
  readonly gist: Gist;
}

const callInvites: ReadonlySet<string> = new Set(['room.invoke', 'rtc.p2p.invoke']);
const commandType = 99;
/** Content of an unreadable message: 97 broken, 98 not decrypted (or in the JS SDK a stream's beginning). */
const unreadableTypes: ReadonlySet<number | null> = new Set([97, 98]);

/** Never throws: a payload that nobody understands gets a neutral notification. */
export function parseMessage(message: Message): MessageContent {
  const payload = decodePayload(message.payload);
  const type = payload === null ? null : asInteger(payload['type']);
  const encrypted = (message.setting & settingBits.signal) !== 0 || unreadableTypes.has(type);
  const command = isCommand(message, type) ? readCommand(payload) : null;
  const audience = payload === null ? everybody : readAudience(payload);
  return {
    type,
    encrypted,
    command,
    isCallInvite: command !== null && command.cmd !== null && callInvites.has(command.cmd),
    gist:
      payload === null || encrypted || audience.unclear || command !== null
        ? neutralGist
        : readGist(type, payload),
    mention: audience.mention,
    visibles: audience.visibles,
    invisibles: audience.invisibles,
    unclear: audience.unclear,
  };
}

/** v2 sends commands as sync_once messages, through channels of their own, or both. */
function isCommand(message: Message, type: number | null): boolean {
  return (
    message.syncOnce ||
    type === commandType ||
    message.channelId.endsWith('____cmd') ||
    message.channelId === 'systemcmdonline'
  );
}

function readCommand(payload: JsonObject | null): Command {
  if (payload === null) return { cmd: null, param: null };
  return { cmd: asString(payload['cmd']), param: asObject(payload['param']) };
}
