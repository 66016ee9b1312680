import { tokensOf, withoutTokens } from '../../../domain/device-token';
import { decodeDevice, encodeDevice, type StoredDevice } from './device-row';
import { disownTokenScript, ownTokenScript, takeTokenScript } from './device-scripts';
import type { DurableWrites } from '../commands/durable-writes';
import type { Keys } from '../commands/keys';
import type { DeadlineClient } from '../server/deadline-client';
import { ownerLine, ownerPart, parseOwnerLine, type Registration } from './owner-line';
import { StoreUnavailableError } from '../../ports/errors';

export interface TokenOwnersParts {
  readonly redis: DeadlineClient;
  readonly writes: DurableWrites;
  readonly keys: Keys;
  /** A device lost its last token. */
  readonly onRemoved: (removed: StoredDevice) => void;
}

/** Longer than any registration takes. */
const overForMs = 600_000;
const attempts = 256;

/**
 * Who owns a device token, over keys that lie on different servers, so that no step can be part of another.
 *
 * To own a token is to stand first in its index. Whoever takes that place keeps the others behind it until each has given the
 * token up: its device loses it, and should its registration not have written the device yet, a mark stops it from doing so.
 * Only then the new owner's device is written. So a crash at any point leaves a token with one device, or with none.
 */
export class TokenOwners {
  readonly #parts: TokenOwnersParts;

  constructor(parts: TokenOwnersParts) {
    this.#parts = parts;
  }

  /** Resolves when nobody else holds any of the tokens. */
  async own(tokenKeys: readonly string[], owner: Registration): Promise<void> {
    await Promise.all(
      tokenKeys.map(async (tokenKey) => {
        const { writes, keys } = this.#parts;
        const key = keys.tokenOwner(tokenKey);
        const { reply } = await writes.run(ownTokenScript, key, [ownerLine(owner), ownerPart(owner)]);
        const others = (reply as Buffer[]).map(String);
        if (others.length === 0) return;
        for (const other of others) await this.#takeFrom(parseOwnerLine(other), tokenKey);
        await this.disown(tokenKey, others);
      }),
    );
  }

  /** Everybody who may hold the token, the owner first. */
  async listed(tokenKey: string): Promise<Registration[]> {
    const index = (await this.#parts.redis.call('GET', [this.#parts.keys.tokenOwner(tokenKey)], 'utf8')) as
      string | null;
    return index === null ? [] : index.split('\n').map(parseOwnerLine);
  }

  async disown(tokenKey: string, lines: readonly string[]): Promise<void> {
    await this.#parts.redis.run(disownTokenScript, this.#parts.keys.tokenOwner(tokenKey), lines);
  }

  /** That registration of the device is over, or over but for the tokens that are kept. */
  async disownAll(
    gone: Pick<StoredDevice, 'device' | 'registration'>,
    kept: readonly string[] = [],
  ): Promise<void> {
    const { uid, deviceId } = gone.device;
    const line = ownerLine({ uid, deviceId, registration: gone.registration });
    await Promise.all(
      tokensOf(gone.device)
        .filter((tokenKey) => !kept.includes(tokenKey))
        .map((tokenKey) => this.disown(tokenKey, [line])),
    );
  }

  async #takeFrom(other: Registration, tokenKey: string): Promise<void> {
    const { redis, keys } = this.#parts;
    const key = keys.devices(other.uid);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const row = (await redis.call('HGET', [key, other.deviceId], 'utf8')) as string | null;
      const found = row === null ? null : decodeDevice(other.uid, row);
      // What another registration has written it has a line of its own for: an earlier one loses it there, a later one keeps it.
      const stored = found?.registration === other.registration ? found : null;
      const left = stored === null ? null : withoutTokens(stored.device, (held) => held === tokenKey);
      const taken = await redis.run(takeTokenScript, key, [
        keys.registrationOver(other.uid, other.registration),
        String(overForMs),
        other.deviceId,
        row ?? '',
        stored === null ? (row ?? '') : left === null ? '' : encodeDevice(left, stored.registration),
      ]);
      if (taken !== 1) continue;
      if (stored === null || left !== null) return;
      this.#parts.onRemoved(stored);
      return;
    }
    throw new StoreUnavailableError('a device changes faster than its token can be taken from it');
  }
}
