import type { Clock } from '../../domain/clock';
import type { Recipient } from '../../domain/people';
import type { OnlineUsers, OpenConnections } from '../../wukongim/online-users';
import type { DeviceRule } from '../rules/device-rules';
import { recipientRules } from '../rules/recipient-rules';
import { isCall, isHeeded, judge, type Moment } from '../rules/rule';
import type { Deadlines } from '../../shared/deadlines';
import type { DecodedEvent } from './decoded-event';
import type { Asked } from './names';

export interface PresenceOptions {
  /** For users who did not choose. */
  readonly skipOnline: 'off' | 'mobile' | 'any';
  /** WuKongIM's device flags of phones. */
  readonly mobileFlags: readonly number[];
}

export interface OnlineRecipientsContext {
  readonly options: PresenceOptions;
  readonly onlineUsers: Pick<OnlineUsers, 'find'>;
  readonly deviceRule: DeviceRule;
  readonly deadlines: Pick<Deadlines, 'nowMs'>;
  readonly clock: Clock;
}

/** Finds out who needs no push because they are online. Only those are asked about who would get one otherwise. */
export class OnlineRecipients {
  readonly #context: OnlineRecipientsContext;

  constructor(context: OnlineRecipientsContext) {
    this.#context = context;
  }

  /** The recipients in their order, those marked who are online in the way that silences their pushes. Never rejects. */
  async mark(asked: readonly Asked[], recipients: readonly Recipient[]): Promise<readonly Recipient[]> {
    const places = this.#placesToAsk(asked, recipients);
    if (places.length === 0) return recipients;
    const online = await this.#context.onlineUsers.find(places.map((place) => recipients[place]?.uid ?? ''));
    const marked = [...recipients];
    for (const place of places) {
      const recipient = recipients[place];
      const connections = online.get(recipient?.uid ?? '');
      if (recipient === undefined || connections === undefined) continue;
      if (this.#isSilenced(recipient, connections)) marked[place] = { ...recipient, isOnline: true };
    }
    return marked;
  }

  #placesToAsk(asked: readonly Asked[], recipients: readonly Recipient[]): readonly number[] {
    const now: Moment = {
      wallMs: this.#context.clock.now(),
      certainMs: this.#context.deadlines.nowMs(),
    };
    const places: number[] = [];
    let place = 0;
    for (const { event, uids } of asked) {
      const isSilent = !isCall(event) && isHeeded(event);
      for (const end = place + uids.length; place < end; place += 1) {
        const recipient = recipients[place];
        if (!isSilent || recipient === undefined || this.#wishOf(recipient) === 'none') continue;
        if (this.#wouldGet(event, recipient, now)) places.push(place);
      }
    }
    return places;
  }

  #wouldGet(event: DecodedEvent, recipient: Recipient, now: Moment): boolean {
    if (judge(recipientRules, event, recipient, now) !== 'send') return false;
    const { preferences, devices } = recipient;
    if (preferences === null) return true;
    return devices.some((device) => this.#context.deviceRule(event, preferences, device, now) === 'send');
  }

  #isSilenced(recipient: Recipient, connections: OpenConnections): boolean {
    if (this.#wishOf(recipient) === 'any') return connections.size > 0;
    return this.#context.options.mobileFlags.some((flag) => connections.has(flag));
  }

  #wishOf({ preferences }: Recipient): 'none' | 'mobile' | 'any' {
    const { skipOnline } = this.#context.options;
    return preferences?.silenceWhileOnline ?? (skipOnline === 'off' ? 'none' : skipOnline);
  }
}
