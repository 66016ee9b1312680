import { createHash } from 'node:crypto';
import type { Lane } from '../../../domain/lane';

const unsafeInTag = /[{}%]/g;

/** What stands between the braces: a uid must not end the hash tag early, nor leave it empty. */
function tag(text: string): string {
  return text === ''
    ? '%'
    : text.replace(unsafeInTag, (character) => `%${character.charCodeAt(0).toString(16)}`);
}

function untag(text: string): string {
  return text === '%'
    ? ''
    : text.replace(/%([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

/** Whom a key is about that holds names or preferences. */
export type PersonKey =
  | { readonly kind: 'user'; readonly uid: string }
  | { readonly kind: 'aliases'; readonly uid: string }
  | { readonly kind: 'settings'; readonly uid: string }
  | { readonly kind: 'badges'; readonly uid: string }
  | { readonly kind: 'channel'; readonly channelType: number; readonly channelId: string }
  | { readonly kind: 'members'; readonly channelType: number; readonly channelId: string };

const userKinds = { name: 'user', as: 'aliases', pref: 'settings', badge: 'badges' } as const;
const channelKinds = { chan: 'channel', mem: 'members' } as const;
const aboutPerson = /^\{(.*)\}:(?:(name|as|pref|badge)|(chan|mem))$/s;

/** Every key of the store; docs/redis.md lists them. */
export class Keys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** What the keys of an inbox partition begin with. */
  partition(partition: number): string {
    return `${this.#prefix}{i${partition}}:`;
  }

  stream(partition: number, lane: Lane): string {
    return `${this.partition(partition)}${lane}`;
  }

  /** What the keys of a user begin with, but for the colon. */
  user(uid: string): string {
    return `${this.#prefix}{${tag(uid)}}`;
  }

  devices(uid: string): string {
    return `${this.user(uid)}:dev`;
  }

  /** The uid of a key of devices, or null where it is none. */
  uidOfDevices(key: string): string | null {
    const start = `${this.#prefix}{`;
    if (!key.startsWith(start) || !key.endsWith('}:dev')) return null;
    return untag(key.slice(start.length, -5));
  }

  devicesPattern(): string {
    return `${this.#escapedPrefix()}{*}:dev`;
  }

  /** A pattern of all keys that hold names, preferences or badges, and of others. */
  tagged(): string {
    return `${this.#escapedPrefix()}{*}:*`;
  }

  /** Null: it holds neither names nor preferences nor badges. */
  personOf(key: string): PersonKey | null {
    const match = key.startsWith(this.#prefix) ? aboutPerson.exec(key.slice(this.#prefix.length)) : null;
    if (match === null) return null;
    const [, tagged = '', ofUser, ofChannel] = match;
    if (ofUser !== undefined)
      return { kind: userKinds[ofUser as keyof typeof userKinds], uid: untag(tagged) };
    const colon = tagged.indexOf(':');
    return {
      kind: channelKinds[ofChannel as keyof typeof channelKinds],
      channelType: Number(tagged.slice(0, colon)),
      channelId: untag(tagged.slice(colon + 1)),
    };
  }

  #escapedPrefix(): string {
    return this.#prefix.replace(/[*?[\]\\^-]/g, '\\$&');
  }

  /** Left where a token was taken from a registration that had not written its device yet. */
  registrationOver(uid: string, registration: string): string {
    return `${this.user(uid)}:x:${registration}`;
  }

  tokenOwner(tokenKey: string): string {
    const digest = createHash('sha256').update(tokenKey).digest('base64url').slice(0, 27);
    return `${this.#prefix}{${digest}}:tok`;
  }

  deviceCounts(): string {
    return `${this.#prefix}devices`;
  }

  marks(uid: string): string {
    return `${this.user(uid)}:dup`;
  }

  preferences(uid: string): string {
    return `${this.user(uid)}:pref`;
  }

  badges(uid: string): string {
    return `${this.user(uid)}:badge`;
  }

  presence(uid: string): string {
    return `${this.user(uid)}:on`;
  }

  userProfile(uid: string): string {
    return `${this.user(uid)}:name`;
  }

  channelProfile(channelType: number, channelId: string): string {
    return `${this.#prefix}{${channelType}:${tag(channelId)}}:chan`;
  }

  /** What readers call the uid. */
  aliases(peerUid: string): string {
    return `${this.#prefix}{${tag(peerUid)}}:as`;
  }

  /** Whom the uid has an alias for. */
  aliasedPeers(readerUid: string): string {
    return `${this.#prefix}{${tag(readerUid)}}:calls`;
  }

  members(channelType: number, channelId: string): string {
    return `${this.#prefix}{${channelType}:${tag(channelId)}}:mem`;
  }

  /** The channels that have a name for the uid. */
  memberships(uid: string): string {
    return `${this.#prefix}{${tag(uid)}}:in`;
  }

  shared(key: string): string {
    return `${this.#prefix}{${tag(key)}}:val`;
  }

  budget(key: string): string {
    return `${this.#prefix}{${tag(key)}}:take`;
  }

  /** What the keys of the traces of a partition begin with. */
  traces(partition: number): string {
    return `${this.partition(partition)}t:`;
  }

  /** What the keys of the dead letters begin with. */
  deadLetters(): string {
    return `${this.#prefix}{dead}:`;
  }
}
