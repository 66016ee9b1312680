import type { Clock, Random } from '../../domain/clock';
import type { DeadLetter } from '../../domain/dead-letter';
import type { DeliveryEvents } from '../../observability/delivery-events';
import type { DeadLetters } from '../../store/ports/dead-letters';
import type { Devices } from '../../store/ports/devices';
import type { Work } from '../plan/work';
import { workId } from '../plan/work';

export type DeadRecipient = DeadLetter['recipients'][number];

/** Why and where one or more deliveries ended; `route` null where no route was reached. */
export interface Death {
  readonly reason: string;
  readonly route: string | null;
  readonly recipients: readonly DeadRecipient[];
}

/** Writes dead letters. The content is bounded; what is cut says so. */
export class DeadLetterWriter {
  #sequence = 0;

  constructor(
    private readonly context: {
      readonly deadLetters: DeadLetters;
      readonly devices: Pick<Devices, 'listMany'>;
      readonly events: DeliveryEvents;
      readonly clock: Clock;
      readonly random: Random;
      readonly bodyBytes: number;
    },
  ) {}

  /** Of a device that has left meanwhile, with its user or alone, nothing is kept. */
  async writeDeliveries(work: Work, allDeaths: readonly Death[]): Promise<void> {
    const deaths = await this.#withoutLeft(allDeaths);
    if (deaths.length === 0) return;
    const messageId = workId(work);
    await this.#write(
      deaths.map((death) =>
        this.#letter(
          { ...death, source: 'delivery', messageId, receivedAtMs: work.receivedAtMs },
          work.bytes,
        ),
      ),
    );
  }

  /** An entry that no holder could finish, or whose body cannot be read. */
  async writeEntry(
    entry: { receivedAtMs: number; body: Buffer; recipients: readonly string[] },
    reason: string,
  ): Promise<void> {
    const recipients = entry.recipients.map((uid) => ({ uid, deviceId: null, tokenKind: null }));
    const { receivedAtMs, body } = entry;
    await this.#write([
      this.#letter({ source: 'entry', reason, route: null, messageId: null, recipients, receivedAtMs }, body),
    ]);
  }

  async #withoutLeft(deaths: readonly Death[]): Promise<readonly Death[]> {
    const uids = [...new Set(deaths.flatMap(({ recipients }) => recipients.map(({ uid }) => uid)))];
    if (uids.length === 0) return deaths;
    const devices = await this.context.devices.listMany(uids);
    const there = new Map(
      uids.map((uid, index) => [uid, devices[index]?.map(({ deviceId }) => deviceId) ?? []]),
    );
    return deaths.flatMap((death) => {
      const recipients = death.recipients.filter(
        ({ uid, deviceId }) => deviceId === null || there.get(uid)?.includes(deviceId),
      );
      return recipients.length === 0 ? [] : [{ ...death, recipients }];
    });
  }

  #letter(
    about: Pick<DeadLetter, 'source' | 'reason' | 'route' | 'messageId' | 'recipients' | 'receivedAtMs'>,
    body: Buffer,
  ): DeadLetter {
    const atMs = this.context.clock.now();
    const bodyTruncated = body.length > this.context.bodyBytes;
    return {
      ...about,
      id: this.#id(atMs),
      atMs,
      detail: null,
      body: bodyTruncated ? body.subarray(0, this.context.bodyBytes) : body,
      bodyTruncated,
    };
  }

  /** Sorts by time, then by order of writing; unique across processes by its random part. */
  #id(atMs: number): string {
    this.#sequence = (this.#sequence + 1) % 0x100000;
    const random = Math.floor(this.context.random() * 0x100000000);
    return `${atMs.toString(36).padStart(9, '0')}-${this.#sequence.toString(36).padStart(4, '0')}-${random.toString(36)}`;
  }

  async #write(letters: readonly DeadLetter[]): Promise<void> {
    await this.context.deadLetters.add(letters);
    for (const letter of letters) this.context.events.deadLettered(letter);
  }
}

interface GrowingDeath extends Death {
  readonly recipients: DeadRecipient[];
}

/** Deaths of one piece of work, gathered by route and reason. */
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
