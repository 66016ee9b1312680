import type { Clock, Random } from '../../domain/clock';
import type { DeadLetter } from '../../domain/dead-letter';
import type { DeliveryEvents } from '../../observability/delivery-events';
import { createIds } from '../../shared/ids';
import type { DeadLetters } from '../../store/ports/dead-letters';
import type { Devices } from '../../store/ports/devices';
import type { DecodedEvent } from '../plan/decoded-event';
import { messageIdOf } from '../plan/decoded-event';

export type DeadRecipient = DeadLetter['recipients'][number];

/** Why and where one or more deliveries ended; `route` null where no route was reached. */
export interface Death {
  readonly reason: string;
  readonly route: string | null;
  readonly recipients: readonly DeadRecipient[];
}

interface WriterContext {
  readonly deadLetters: DeadLetters;
  readonly devices: Pick<Devices, 'listMany'>;
  readonly events: DeliveryEvents;
  readonly clock: Clock;
  readonly random: Random;
  readonly bodyBytes: number;
}

/** Writes dead letters. The content is bounded; what is cut says so. */
export class DeadLetterWriter {
  readonly #makeId: () => string;
  readonly #context: WriterContext;

  constructor(context: WriterContext) {
    this.#context = context;
    this.#makeId = createIds(context.clock, context.random);
  }

  /**
   * Of a device that has left meanwhile, with its user or alone, nothing is kept. Who leaves may have been looked for in the dead
   * letters before these were written, so the devices are asked for once more behind that.
   */
  async writeDeliveries(event: DecodedEvent, allDeaths: readonly Death[]): Promise<void> {
    const { receivedAtMs } = event;
    const about = { source: 'delivery', messageId: messageIdOf(event), receivedAtMs } as const;
    await this.#write(allDeaths, (death) => this.#letter({ ...death, ...about }, event.bytes));
  }

  /** An entry that no holder could finish, or whose body cannot be read. Of a user without a device nothing is kept, as above. */
  async writeEntry(
    entry: { receivedAtMs: number; body: Buffer; recipients: readonly string[] },
    reason: string,
  ): Promise<void> {
    const recipients = entry.recipients.map((uid) => ({ uid, deviceId: null, tokenKind: null }));
    const { receivedAtMs, body } = entry;
    const about = { source: 'entry', messageId: null, receivedAtMs } as const;
    const deaths = [{ reason, route: null, recipients }];
    await this.#write(deaths, (death) => this.#letter({ ...death, ...about }, body));
  }

  async #write(allDeaths: readonly Death[], toLetter: (death: Death) => DeadLetter): Promise<void> {
    const deaths = await this.#withoutLeft(allDeaths);
    if (deaths.length === 0) return;
    const letters = deaths.map(toLetter);
    await this.#context.deadLetters.add(letters);
    const kept = await this.#withdrawLeft(letters);
    await Promise.all(kept.map((letter) => this.#context.events.deadLettered(letter)));
  }

  /** Resolves with what is kept. Whatever fails here, the letters are written: a failure would have them written once more. */
  async #withdrawLeft(written: readonly DeadLetter[]): Promise<readonly DeadLetter[]> {
    const { deadLetters, events } = this.#context;
    let letters = written;
    try {
      for (;;) {
        const kept = await this.#withoutLeft(letters);
        const shorter = kept.filter((letter) => !letters.includes(letter));
        if (kept.length === letters.length && shorter.length === 0) return kept;
        const ids = new Set(kept.map(({ id }) => id));
        const left = letters.filter(({ id }) => !ids.has(id));
        if (left.length > 0) await deadLetters.remove(left.map(({ id }) => id));
        if (shorter.length > 0) await deadLetters.add(shorter);
        letters = kept;
      }
    } catch (error) {
      events.settleFailed(error, letters.length);
      return letters;
    }
  }

  /** Those that nobody has left are the same objects. */
  async #withoutLeft<D extends Pick<Death, 'recipients'>>(deaths: readonly D[]): Promise<readonly D[]> {
    const uids = [...new Set(deaths.flatMap(({ recipients }) => recipients.map(({ uid }) => uid)))];
    if (uids.length === 0) return deaths;
    const devices = await this.#context.devices.listMany(uids);
    const there = new Map(
      uids.map((uid, index) => [uid, devices[index]?.map(({ deviceId }) => deviceId) ?? []]),
    );
    return deaths.flatMap((death) => {
      const recipients = death.recipients.filter(({ uid, deviceId }) => {
        const deviceIds = there.get(uid) ?? [];
        return deviceId === null ? deviceIds.length > 0 : deviceIds.includes(deviceId);
      });
      if (recipients.length === death.recipients.length) return [death];
      return recipients.length === 0 ? [] : [{ ...death, recipients }];
    });
  }

  #letter(
    about: Pick<DeadLetter, 'source' | 'reason' | 'route' | 'messageId' | 'recipients' | 'receivedAtMs'>,
    body: Buffer,
  ): DeadLetter {
    const atMs = this.#context.clock.now();
    const bodyTruncated = body.length > this.#context.bodyBytes;
    return {
      ...about,
      id: this.#makeId(),
      atMs,
      detail: null,
      body: bodyTruncated ? body.subarray(0, this.#context.bodyBytes) : body,
      bodyTruncated,
    };
  }
}

interface GrowingDeath extends Death {
  readonly recipients: DeadRecipient[];
}

/** Deaths of one event, gathered by route and reason. */
export class Deaths {
  /** Null while there are none, as nearly always. */
  #byCause: Map<string, GrowingDeath> | null = null;

  get isEmpty(): boolean {
    return this.#byCause === null;
  }

  add(reason: string, route: string | null, recipient: DeadRecipient): void {
    const key = `${route ?? ''} ${reason}`;
    const byCause = (this.#byCause ??= new Map<string, GrowingDeath>());
    let death = byCause.get(key);
    if (death === undefined) byCause.set(key, (death = { reason, route, recipients: [] }));
    death.recipients.push(recipient);
  }

  list(): readonly Death[] {
    return [...(this.#byCause?.values() ?? [])];
  }
}
