import { createHash } from 'node:crypto';
import type { Lane } from '../../../domain/lane';

const unsafeInTag = /[{}%]/g;

/** What stands between the braces: a uid must not end the hash tag early, nor leave it empty. */
function tag(text: string): string {
  return text === ''
    ? '%'
    : text.replace(unsafeInTag, (character) => `%${character.charCodeAt(0).toString(16)}`);
}

/** Every key of the store; docs/redis.md lists them. */
export class Keys {
  constructor(private readonly prefix: string) {}

  /** What the keys of an inbox partition begin with. */
  partition(partition: number): string {
    return `${this.prefix}{i${partition}}:`;
  }

  stream(partition: number, lane: Lane): string {
    return `${this.partition(partition)}${lane}`;
  }

  devices(uid: string): string {
    return `${this.prefix}{${tag(uid)}}:dev`;
  }

  /** The uid of a key of devices, or null where it is none. */
  uidOfDevices(key: string): string | null {
    const start = `${this.prefix}{`;
    if (!key.startsWith(start) || !key.endsWith('}:dev')) return null;
    const text = key.slice(start.length, -5);
    return text === '%'
      ? ''
      : text.replace(/%([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  }

  devicesPattern(): string {
    return `${this.prefix.replace(/[*?[\]\\^-]/g, '\\$&')}{*}:dev`;
  }

  /** Left where a token was taken from a registration that had not written its device yet. */
  registrationOver(uid: string, registration: string): string {
    return `${this.prefix}{${tag(uid)}}:x:${registration}`;
  }

  tokenOwner(tokenKey: string): string {
    const digest = createHash('sha256').update(tokenKey).digest('base64url').slice(0, 27);
    return `${this.prefix}{${digest}}:tok`;
  }

  deviceCounts(): string {
    return `${this.prefix}devices`;
  }

  marks(uid: string): string {
    return `${this.prefix}{${tag(uid)}}:dup`;
  }

  preferences(uid: string): string {
    return `${this.prefix}{${tag(uid)}}:pref`;
  }

  mutes(uid: string): string {
    return `${this.prefix}{${tag(uid)}}:mute`;
  }

  badges(uid: string): string {
    return `${this.prefix}{${tag(uid)}}:badge`;
  }

  presence(uid: string): string {
    return `${this.prefix}{${tag(uid)}}:on`;
  }

  userProfile(uid: string): string {
    return `${this.prefix}{${tag(uid)}}:name`;
  }

  channelProfile(channelType: number, channelId: string): string {
    return `${this.prefix}{${channelType}:${tag(channelId)}}:chan`;
  }

  shared(key: string): string {
    return `${this.prefix}{${tag(key)}}:val`;
  }

  budget(key: string): string {
    return `${this.prefix}{${tag(key)}}:take`;
  }

  /** What the keys of the dead letters begin with. */
  deadLetters(): string {
    return `${this.prefix}{dead}:`;
  }
}
