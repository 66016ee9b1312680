import type { Clock } from '../domain/clock';
import { CircuitBreaker } from '../shared/circuit-breaker';
import type { WukongimClient } from './wukongim-client';
import type { WukongimEvents } from './wukongim-events';

/** Open connections by device flag; empty: the user is offline. */
export type OpenConnections = ReadonlyMap<number, number>;

export interface OnlineUsersContext {
  readonly client: Pick<WukongimClient, 'onlineConnections'>;
  readonly clock: Clock;
  readonly events: WukongimEvents;
}

/** Who is online by WuKongIM itself. Asks for many at a time, and not while WuKongIM does not answer. Never rejects. */
export class OnlineUsers {
  readonly health: CircuitBreaker;
  readonly #context: OnlineUsersContext;

  constructor(context: OnlineUsersContext) {
    this.#context = context;
    this.health = new CircuitBreaker(context.clock, context.events);
  }

  /** Of each uid that WuKongIM answered for. Who is not in it is unknown. */
  async find(uids: readonly string[]): Promise<ReadonlyMap<string, OpenConnections>> {
    const calls = inCalls([...new Set(uids)]);
    const [first] = calls;
    const admission = first === undefined ? 'refuse' : this.health.admit();
    if (admission === 'ask') return new Map((await Promise.all(calls.map((call) => this.#ask(call)))).flat());
    // An outage is looked at with one call, for which nobody waits.
    if (admission === 'probe' && first !== undefined) void this.#ask(first);
    return new Map();
  }

  async #ask(uids: readonly string[]): Promise<readonly (readonly [string, OpenConnections])[]> {
    const { client, clock, events } = this.#context;
    const startedMs = clock.monotonicMs();
    const reply = await client.onlineConnections(uids);
    const tookSeconds = (clock.monotonicMs() - startedMs) / 1000;
    events.asked(reply.kind === 'answer' ? 'ok' : reply.result, tookSeconds);
    if (reply.kind === 'none') {
      this.health.failed(reply.reason);
      return [];
    }
    this.health.answered();
    const users = new Map(uids.map((uid) => [uid, new Map<number, number>()]));
    for (const { uid, deviceFlag } of reply.answer) {
      const flags = users.get(uid);
      flags?.set(deviceFlag, (flags.get(deviceFlag) ?? 0) + 1);
    }
    return [...users];
  }
}

function inCalls(uids: readonly string[]): readonly (readonly string[])[] {
  const calls: string[][] = [];
  for (let from = 0; from < uids.length; from += uidsACall) calls.push(uids.slice(from, from + uidsACall));
  return calls;
}

/** WuKongIM answers for 500 within 2 ms. */
const uidsACall = 500;
