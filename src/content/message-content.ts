import { commandSuffix, settingBits, type Message } from '../domain/message';
import type { JsonObject } from '../shared/json-object';
import { readCallEnd, type CallEnd } from './calls/call-end';
import { readCallInvite, type CallInvite } from './calls/call-invite';
import { everybody, readAudience, type Audience } from './audience';
import { cleanLine } from './clean-text';
import { CustomText, type CustomType } from './custom-type';
import { readCiphertext, readPayloadFields } from './fields/payload-fields';
import { readRecall, type Recall } from './fields/recall';
import { isSystemType, neutralGist, readGist, recalledGist, type Gist } from './gist';
import { nameMaxUnits } from './gist-limits';
import { asInteger, asObject, asString } from './json-fields';
import { decodePayload } from './payload';
import { PayloadImages } from './pictures/payload-images';

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
  /** Not null: a command, not to be pushed unless it invites to a call. */
  readonly command: Command | null;
  /** Not null: the message invites to a call, which rings. */
  readonly callInvite: CallInvite | null;
  /** Not null: a command that ends the ringing of a call. */
  readonly callEnd: CallEnd | null;
  /** False where the operator wants no push of this type. */
  readonly isPushedType: boolean;
  readonly gist: Gist;
  /** The message comes from the server, and not from a person. */
  readonly isFromSystem: boolean;
  /** What the payload calls its sender, where the operator trusts it. */
  readonly senderName: string | null;
  /** What the message shows, where the operator trusts its host. */
  readonly imageUrl: string | null;
  /** What the operator lets through to the app. */
  readonly fields: Readonly<Record<string, string>> | null;
  /** The payload in base64, where the app is to decrypt it. */
  readonly ciphertext: string | null;
  /** Not null: it takes another message back. */
  readonly recall: Recall | null;
  readonly priority: 'high' | 'normal';
  /** Null: the app's. */
  readonly androidChannelId: string | null;
}

/** What the operator says of message types. */
export interface ContentRules {
  /** By number. */
  readonly types: Readonly<Record<string, CustomType>>;
  /** Types that neither WuKongIM nor `types` has, and payloads without any. */
  readonly unknown: 'neutral' | 'drop';
  /** Types whose messages invite to a call. */
  readonly callTypes: readonly number[];
  /** Values of `cmd` whose command messages do. */
  readonly callCommands: readonly string[];
  /** Senders whose system messages are believed. */
  readonly systemUids: readonly string[];
  readonly trustPayloadNames: boolean;
  readonly imageHosts: readonly string[];
  /** Fields of payloads that apps get; by default none. */
  readonly dataFields?: readonly string[];
  /** Apps get what only they can decrypt; by default they do not. */
  readonly passCiphertext?: boolean;
}

const commandType = 99;
/** Content of an unreadable message: 97 broken, 98 not decrypted (or in the JS SDK a stream's beginning). */
const unreadableTypes: ReadonlySet<number | null> = new Set([97, 98]);

interface KnownType extends CustomType {
  readonly words: CustomText | null;
}

export class MessageReader {
  readonly #types: ReadonlyMap<number, KnownType>;
  readonly #dropsUnknown: boolean;
  readonly #callTypes: ReadonlySet<number | null>;
  readonly #callCommands: ReadonlySet<string | null>;
  readonly #systemUids: ReadonlySet<string>;
  readonly #trustsNames: boolean;
  readonly #images: PayloadImages;
  readonly #dataFields: readonly string[];
  readonly #passesCiphertext: boolean;

  constructor(rules: ContentRules) {
    const { types, unknown } = rules;
    this.#types = new Map(
      Object.entries(types).map(([type, custom]) => [
        Number(type),
        { ...custom, words: custom.text === null ? null : new CustomText(custom.text) },
      ]),
    );
    this.#dropsUnknown = unknown === 'drop';
    this.#callTypes = new Set(rules.callTypes);
    this.#callCommands = new Set(rules.callCommands);
    this.#systemUids = new Set(rules.systemUids);
    this.#trustsNames = rules.trustPayloadNames;
    this.#images = new PayloadImages(rules.imageHosts);
    this.#dataFields = rules.dataFields ?? [];
    this.#passesCiphertext = rules.passCiphertext ?? false;
  }

  /** Never throws: a payload that nobody understands gets a neutral notification. */
  read(message: Message): MessageContent {
    const payload = decodePayload(message.payload);
    const type = payload === null ? null : asInteger(payload['type']);
    const isSignal = (message.setting & settingBits.signal) !== 0;
    const encrypted = isSignal || unreadableTypes.has(type);
    const command = isCommand(message, type) ? readCommand(payload) : null;
    const audience = payload === null ? everybody : readAudience(payload);
    const custom = type === null || encrypted ? undefined : this.#types.get(type);
    const isInvite = this.#callTypes.has(type) || (command !== null && this.#callCommands.has(command.cmd));
    const isFromSystem = this.#systemUids.has(message.fromUid);
    const recall =
      payload === null || encrypted
        ? null
        : readRecall(message, payload, type, command?.cmd ?? null, isFromSystem);
    const readable = encrypted || command !== null ? null : payload;
    const gist = readable !== null ? gistOf(type, readable, custom) : recall !== null ? recalledGist : null;
    const isBelieved = isFromSystem || custom !== undefined || !isSystemType(type);
    return {
      type,
      encrypted,
      command,
      callInvite: payload !== null && isInvite ? readCallInvite(message, payload) : null,
      callEnd: command === null ? null : readCallEnd(message, command.cmd, command.param),
      isPushedType: custom?.isPushed ?? (gist !== null || encrypted || !this.#dropsUnknown),
      gist: gist === null || audience.unclear || !isBelieved ? neutralGist : gist,
      isFromSystem,
      senderName: this.#trustsNames && readable !== null ? nameIn(readable) : null,
      imageUrl: readable === null || audience.unclear ? null : this.#images.read(type, readable),
      fields:
        readable !== null && !audience.unclear && this.#dataFields.length > 0
          ? readPayloadFields(this.#dataFields, readable)
          : null,
      ciphertext: this.#passesCiphertext && isSignal ? readCiphertext(message.payload) : null,
      recall,
      priority: custom?.priority ?? 'high',
      androidChannelId: custom?.androidChannelId ?? null,
      mention: audience.mention,
      visibles: audience.visibles,
      invisibles: audience.invisibles,
      unclear: audience.unclear,
    };
  }
}

function gistOf(type: number | null, payload: JsonObject, custom: KnownType | undefined): Gist | null {
  const words = custom?.words ?? null;
  if (words !== null) return { kind: 'custom', text: words, values: words.read(payload) };
  return readGist(type, payload);
}

function nameIn(payload: JsonObject): string | null {
  const name = asString(payload['from_name']);
  return name === null ? null : cleanLine(name, nameMaxUnits);
}

/** v2 sends commands as sync_once messages, through channels of their own, or both. */
function isCommand(message: Message, type: number | null): boolean {
  return (
    message.syncOnce ||
    type === commandType ||
    message.channelId.endsWith(commandSuffix) ||
    message.channelId === 'systemcmdonline'
  );
}

function readCommand(payload: JsonObject | null): Command {
  if (payload === null) return { cmd: null, param: null };
  return { cmd: asString(payload['cmd']), param: asObject(payload['param']) };
}
