import type { Recipient } from '../../domain/people';
import type { Resolver } from '../../resolver/resolver';
import type { Recipients } from '../../store/ports/recipients';
import type { DecodedEvent, Names } from './decoded-event';
import { nameless, readNames, withAliases, type Asked, type NamePorts } from './names';
import type { OnlineRecipients } from './online-recipients';
import { askResolver, conversationOf } from './resolver-answers';

export interface LookUpPorts extends NamePorts {
  readonly recipients: Recipients;
}

interface Found {
  readonly recipients: readonly Recipient[];
  readonly names: readonly Names[];
}

/** All that rules and titles need of the store, for many recipients at a time. Rejects with StoreUnavailableError. */
export class RecipientLookUp {
  readonly #ports: LookUpPorts;
  readonly #resolver: Resolver | null;
  readonly #online: OnlineRecipients | null;

  /** `resolver` null: there is none. `online` null: nobody can tell who is online. */
  constructor(ports: LookUpPorts, resolver: Resolver | null, online: OnlineRecipients | null) {
    this.#ports = ports;
    this.#resolver = resolver;
    this.#online = online;
  }

  /** One question for all: the recipients in the order of the events and of their uids, and the names in the titles of each event. */
  async find(asked: readonly Asked[]): Promise<Found> {
    const events = asked.map(({ event }) => event);
    const [recipients, names] = await Promise.all([this.#recipients(asked), readNames(this.#ports, events)]);
    return this.#resolved(asked, { recipients, names });
  }

  /** For a slice of an event's recipients; the names are asked for once for all of its slices. */
  async findOf(
    event: DecodedEvent,
    uids: readonly string[],
  ): Promise<{ readonly recipients: readonly Recipient[]; readonly names: Names }> {
    const finding = this.#recipients([{ event, uids }]);
    event.names ??= readNames(this.#ports, [event]).then(([names = nameless]) => names);
    try {
      const [recipients, names] = await Promise.all([finding, event.names]);
      const found = await this.#resolved([{ event, uids }], { recipients, names: [names] });
      return { recipients: found.recipients, names: found.names[0] ?? names };
    } catch (error) {
      event.names = null;
      throw error;
    }
  }

  #resolved(asked: readonly Asked[], stored: Found): Found | Promise<Found> {
    if (this.#online === null)
      return this.#resolver === null ? stored : askResolver(this.#resolver, asked, stored);
    return this.#marked(this.#online, asked, stored);
  }

  /** Who is online is asked last: what the resolver answers may silence somebody before, or choose otherwise. */
  async #marked(online: OnlineRecipients, asked: readonly Asked[], stored: Found): Promise<Found> {
    const found = this.#resolver === null ? stored : await askResolver(this.#resolver, asked, stored);
    return { ...found, recipients: await online.mark(asked, found.recipients) };
  }

  #recipients(asked: readonly Asked[]): Promise<readonly Recipient[]> {
    const finding = this.#ports.recipients.find(
      asked.map(({ event, uids }) => ({ uids, conversation: conversationOf(event) })),
    );
    return withAliases(this.#ports, asked, finding);
  }
}
