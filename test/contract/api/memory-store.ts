import { tokenKey, type Device } from '../../../src/domain/device';
import type { DeadLetter, Presence, Profile } from '../../../src/domain/work';
import type { ApiStore } from '../../../src/api/services';
import type { InboxEvent } from '../../../src/store/ports/inbox';

export class MemoryStore {
  readonly events: InboxEvent[] = [];
  readonly map = new Map<string, Device>();
  readonly letters: DeadLetter[] = [];
  readonly people = new Map<string, Profile>();
  readonly present = new Map<string, Presence>();
  readonly shared = new Map<string, string>();
  readonly erased: string[] = [];

  private take(device: Device): void {
    for (const [key, other] of this.map) {
      if (other.uid === device.uid && other.deviceId === device.deviceId) continue;
      if (other.provider !== device.provider) continue;
      const token = other.token === device.token ? null : other.token;
      if (token !== other.token) {
        if (token === null && other.voipToken === null) this.map.delete(key);
        else this.map.set(key, { ...other, token });
      }
    }
    this.map.set(JSON.stringify([device.uid, device.deviceId]), device);
  }

  get api(): ApiStore {
    const eraser = (name: string) => ({
      eraseUser: async (uid: string) => void this.erased.push(`${name} ${uid}`),
    });
    const key = (uid: string, id: string) => JSON.stringify([uid, id]);
    const list = (uid: string) => [...this.map.values()].filter((device) => device.uid === uid);
    return {
      inbox: { append: async (event: InboxEvent) => void this.events.push(event) },
      devices: {
        register: async (device: Device, limit: number) => {
          const created = !this.map.has(key(device.uid, device.deviceId));
          this.take(device);
          const evicted = list(device.uid)
            .sort((a, b) => a.registeredAtMs - b.registeredAtMs)
            .slice(0, Math.max(0, list(device.uid).length - limit));
          for (const gone of evicted) this.map.delete(key(gone.uid, gone.deviceId));
          return { created, evicted };
        },
        update: async (uid: string, id: string, change: (device: Device) => Device | null) => {
          const before = this.map.get(key(uid, id));
          const after = before === undefined ? null : change(before);
          if (after !== null) this.take(after);
          return after;
        },
        get: async (uid: string, id: string) => this.map.get(key(uid, id)) ?? null,
        list: async (uid: string) => list(uid),
        remove: async (uid: string, id: string) => this.map.delete(key(uid, id)),
        removeUser: async (uid: string) =>
          list(uid).filter((device) => this.map.delete(key(uid, device.deviceId))).length,
        removeToken: async (provider: 'apns' | 'fcm', token: string) => {
          for (const [at, device] of this.map) {
            if (
              device.provider === provider &&
              tokenKey(provider, device.token ?? '') === tokenKey(provider, token)
            ) {
              return this.map.delete(at);
            }
          }
          return false;
        },
      },
      profiles: {
        ...eraser('profiles'),
        getUsers: async (uids: readonly string[]) => uids.map((uid) => this.people.get(uid) ?? null),
        putUser: async (uid: string, profile: Profile) => void this.people.set(uid, profile),
        getChannel: async (type: number, id: string) => this.people.get(`${type}/${id}`) ?? null,
        putChannel: async (type: number, id: string, profile: Profile) =>
          void this.people.set(`${type}/${id}`, profile),
      },
      preferences: eraser('preferences'),
      badges: eraser('badges'),
      duplicateMarks: eraser('marks'),
      presence: { ...eraser('presence'), get: async (uid: string) => this.present.get(uid) ?? null },
      deadLetters: {
        ...eraser('letters'),
        add: async (letters: readonly DeadLetter[]) => void this.letters.unshift(...letters),
        list: async (limit: number, cursor: string | null) => {
          const from = cursor === null ? 0 : Number(cursor);
          const more = from + limit < this.letters.length;
          return {
            items: this.letters.slice(from, from + limit),
            nextCursor: more ? String(from + limit) : null,
          };
        },
        removeBefore: async (beforeMs: number) => {
          const keep = this.letters.filter(({ atMs }) => atMs >= beforeMs);
          return this.letters.splice(0, this.letters.length, ...keep).length - keep.length;
        },
      },
      sharedState: {
        setIfAbsent: async (at: string, value: string) => {
          const standing = this.shared.get(at) ?? null;
          if (standing === null) this.shared.set(at, value);
          return standing;
        },
        set: async (at: string, value: string) => void this.shared.set(at, value),
      },
    } as unknown as ApiStore;
  }
}
