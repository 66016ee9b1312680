import type { Conversation, Recipient } from '../../domain/people';
import type { RecipientQuestion, Recipients } from '../ports/recipients';
import type { EmbeddedDevices } from './devices/devices';
import { asPromise } from './disk/as-promise';
import type { EmbeddedPreferences } from './preferences';

export class EmbeddedRecipients implements Recipients {
  readonly #devices: EmbeddedDevices;
  readonly #preferences: EmbeddedPreferences;

  constructor(devices: EmbeddedDevices, preferences: EmbeddedPreferences) {
    this.#devices = devices;
    this.#preferences = preferences;
  }

  find(questions: readonly RecipientQuestion[]): Promise<readonly Recipient[]> {
    return asPromise(() => {
      const found: Recipient[] = [];
      for (const { uids, conversation } of questions)
        for (const uid of uids) found.push(this.#read(uid, conversation));
      return found;
    });
  }

  #read(uid: string, conversation: Conversation | null): Recipient {
    const devices = this.#devices.read(uid);
    const settings = devices.length === 0 ? null : this.#preferences.read(uid, conversation);
    if (settings === null) return { uid, devices, preferences: null, mute: null };
    const [preferences, mute] = settings;
    return { uid, devices, preferences, mute };
  }
}
