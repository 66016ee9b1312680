/*
 * Open this file first: it asks the app's own endpoint for names, aliases, pictures, mutes and preferences. `question.ts` is what is asked,
 * `answer.ts` and `reader-answer.ts` what is taken of an answer, `answer-cache.ts` keeps it. `resolver-client.ts` makes one call,
 * `shared/circuit-breaker.ts` decides whether it is worth it, `shared-erasures.ts` knows whom another process has erased, `resolver-events.ts` logs and counts.
 */

import type { Clock } from '../domain/clock';
import { channelTypes } from '../domain/message';
import type { Mute, Preferences } from '../domain/people';
import { CircuitBreaker } from '../shared/circuit-breaker';
import type { ResolverEvents } from './resolver-events';
import {
  aliasKey,
  channelKey,
  memberKey,
  type NamedAnswer,
  type ReaderAnswer,
  type ResolverAnswer,
} from './answer';
import { AnswerCache, type AnswerCacheOptions } from './answer-cache';
import type { SharedErasures } from './shared-erasures';
import { ResolverCall, type ResolverQuestion } from './question';
import type { ResolverClient } from './resolver-client';

export interface ResolverOptions extends AnswerCacheOptions {
  readonly includePayload: boolean;
}

export interface ResolverContext {
  readonly client: Pick<ResolverClient, 'ask'>;
  readonly clock: Clock;
  readonly events: ResolverEvents;
  /** Null: no other process shares the store. */
  readonly erasures: SharedErasures | null;
}

/** What is known of an event; null is what is not. */
export interface ResolvedEvent {
  readonly sender: NamedAnswer | null;
  readonly member: string | null;
  readonly channel: NamedAnswer | null;
  /** In the order of the question's readers. */
  readonly readers: readonly ResolvedReader[];
}

export interface ResolvedReader {
  /** False: whatever might have hidden something is not known. */
  readonly isKnown: boolean;
  readonly preferences: Preferences | null;
  /** Of the conversation: `none` where the answer lists mutes and this is none; null where it lists no mutes. */
  readonly mute: Mute | 'none' | null;
  readonly alias: string | null;
}

/** A string is a name, or `none` or `unclear`, by the key. */
type Value = NamedAnswer | string | Mute | Preferences | null;

/** One thing to be known: its key in the cache, how it is asked, and how it is found in an answer. */
interface Wish {
  readonly key: string;
  readonly addTo: (call: ResolverCall) => void;
  readonly findIn: (answer: ResolverAnswer) => Value;
}

/** Asks for what it does not know, waits for that, and renews behind what is old. Never rejects. */
export class Resolver {
  readonly health: CircuitBreaker;
  readonly #cache: AnswerCache<Value>;
  readonly #inFlight = new Set<WishedCall>();
  readonly #options: ResolverOptions;
  readonly #context: ResolverContext;

  constructor(options: ResolverOptions, context: ResolverContext) {
    this.#options = options;
    this.#context = context;
    this.#cache = new AnswerCache(options);
    this.health = new CircuitBreaker(context.clock, context.events);
  }

  async find(questions: readonly ResolverQuestion[]): Promise<readonly ResolvedEvent[]> {
    await this.#forgetErased(questions);
    const nowMs = this.#context.clock.monotonicMs();
    const needed = new CallList(this.#options.includePayload);
    const behind = new CallList(this.#options.includePayload);
    for (const question of questions)
      for (const wish of wishesOf(question)) {
        const { state } = this.#cache.get(wish.key, nowMs);
        this.#context.events.looked(state);
        if (state === 'missing') needed.add(question, wish);
        else if (state === 'stale' && this.#cache.takeRenewal(wish.key, nowMs)) behind.add(question, wish);
      }
    await this.#ask(needed, behind);
    const readAtMs = this.#context.clock.monotonicMs();
    return questions.map((question) => this.#read(question, readAtMs));
  }

  /** Nothing about the uid stays in memory, nor comes to it by an answer to what was asked before; other processes show none of it. */
  async forget(uid: string): Promise<void> {
    this.#forget(uid);
    await this.#context.erasures?.tell(uid);
  }

  /** Only senders are named; a reader who was erased has no device. */
  async #forgetErased(questions: readonly ResolverQuestion[]): Promise<void> {
    if (this.#context.erasures === null) return;
    const senders = new Set(questions.map(({ fromUid }) => fromUid).filter((uid) => uid !== null));
    for (const uid of await this.#context.erasures.newAmong([...senders])) this.#forget(uid);
  }

  #forget(uid: string): void {
    const isAbout = (key: string) => key.split('\n').some((part) => part === uid || part.endsWith(`:${uid}`));
    this.#cache.forget(isAbout);
    for (const flight of this.#inFlight) flight.wishes = flight.wishes.filter(({ key }) => !isAbout(key));
  }

  async #ask(needed: CallList, behind: CallList): Promise<void> {
    if (needed.isEmpty && behind.isEmpty) return;
    const admission = this.health.admit();
    if (admission === 'refuse') return;
    const waited = needed.calls.map((call) => this.#call(call));
    // An outage is looked at with one call, not with all that there is to ask.
    if (admission === 'probe') {
      const [probe] = [...needed.calls, ...behind.calls];
      if (waited.length === 0 && probe !== undefined) void this.#call(probe);
      return;
    }
    for (const call of behind.calls) void this.#call(call);
    await Promise.all(waited);
  }

  async #call(flight: WishedCall): Promise<void> {
    const { client, clock, events } = this.#context;
    const startedMs = clock.monotonicMs();
    this.#inFlight.add(flight);
    const reply = await client.ask(flight.call.toBody(this.#options.includePayload));
    this.#inFlight.delete(flight);
    const nowMs = clock.monotonicMs();
    events.asked(reply.kind === 'answer' ? 'ok' : reply.result, (nowMs - startedMs) / 1000);
    if (reply.kind === 'none') {
      this.health.failed(reply.reason);
      return;
    }
    this.health.answered();
    for (const { key, findIn } of flight.wishes) this.#cache.set(key, findIn(reply.answer), nowMs);
  }

  #read({ message, fromUid: from, conversation, readers }: ResolverQuestion, nowMs: number): ResolvedEvent {
    const group = message === null || isPerson(message.channelType) ? null : channelKey(message);
    return {
      sender: from === null ? null : this.#value<NamedAnswer>(`u\n${from}`, nowMs),
      member: from === null || group === null ? null : this.#value<string>(`m\n${group}\n${from}`, nowMs),
      channel: group === null ? null : this.#value<NamedAnswer>(`c\n${group}`, nowMs),
      readers: readers.map((uid) => this.#reader(uid, from, conversation, nowMs)),
    };
  }

  #reader(
    uid: string,
    from: string | null,
    conversation: ResolverQuestion['conversation'],
    nowMs: number,
  ): ResolvedReader {
    const preferences = this.#cache.get(`r\n${uid}`, nowMs);
    const mute =
      conversation === null ? none : this.#cache.get(`x\n${channelKey(conversation)}\n${uid}`, nowMs);
    const alias = from === null ? null : this.#value<string>(`a\n${uid}\n${from}`, nowMs);
    if (preferences.state === 'missing' || mute.state === 'missing' || preferences.value === 'unclear')
      return { isKnown: false, preferences: null, mute: null, alias };
    return {
      isKnown: true,
      preferences: preferences.value as Preferences | null,
      mute: mute.value as Mute | 'none' | null,
      alias,
    };
  }

  #value<T extends Value>(key: string, nowMs: number): T | null {
    const cached = this.#cache.get(key, nowMs);
    return cached.state === 'missing' ? null : (cached.value as T | null);
  }
}

const none = { state: 'fresh', value: null } as const;

interface WishedCall {
  readonly call: ResolverCall;
  wishes: Wish[];
}

/** Questions packed into as few calls as possible; one message a call where the payload goes along. */
class CallList {
  readonly calls: WishedCall[] = [];
  readonly #oneMessageACall: boolean;

  constructor(oneMessageACall: boolean) {
    this.#oneMessageACall = oneMessageACall;
  }

  get isEmpty(): boolean {
    return this.calls.length === 0;
  }

  add({ message }: ResolverQuestion, wish: Wish): void {
    let last = this.calls.at(-1);
    const fits =
      last !== undefined && !last.call.isFull && (!this.#oneMessageACall || last.call.isAbout(message));
    if (last === undefined || !fits) this.calls.push((last = { call: new ResolverCall(), wishes: [] }));
    last.call.about(message);
    last.wishes.push(wish);
    wish.addTo(last.call);
  }
}

function* wishesOf({ message, fromUid: from, conversation, readers }: ResolverQuestion): Generator<Wish> {
  const group = message === null || isPerson(message.channelType) ? null : message;
  const addSender = (call: ResolverCall) => from !== null && call.uids.add(from);
  const addGroup = (call: ResolverCall) => {
    if (group === null) return;
    const { channelType, channelId } = group;
    call.channels.set(channelKey(group), { channel_type: channelType, channel_id: channelId });
  };
  if (from !== null)
    yield { key: `u\n${from}`, addTo: addSender, findIn: ({ users }) => users.get(from) ?? null };
  if (group !== null) {
    const key = channelKey(group);
    yield { key: `c\n${key}`, addTo: addGroup, findIn: ({ channels }) => channels.get(key) ?? null };
    if (from !== null)
      yield {
        key: `m\n${key}\n${from}`,
        addTo: (call) => {
          addSender(call);
          addGroup(call);
        },
        findIn: ({ members }) => members.get(memberKey(key, from) ?? '') ?? null,
      };
  }
  for (const uid of readers) {
    const addTo = (call: ResolverCall) => {
      call.readers.add(uid);
      addSender(call);
      addGroup(call);
    };
    yield { key: `r\n${uid}`, addTo, findIn: ({ readers: rows }) => preferencesIn(rows.get(uid)) };
    if (conversation !== null)
      yield {
        key: `x\n${channelKey(conversation)}\n${uid}`,
        addTo,
        findIn: ({ readers: rows }) => muteIn(rows.get(uid), conversation),
      };
    if (from !== null)
      yield {
        key: `a\n${uid}\n${from}`,
        addTo,
        findIn: ({ aliases }) => aliases.get(aliasKey(uid, from) ?? '') ?? null,
      };
  }
}

function preferencesIn(row: ReaderAnswer | 'unclear' | undefined): Value {
  return row === 'unclear' ? row : (row?.preferences ?? null);
}

function muteIn(
  row: ReaderAnswer | 'unclear' | undefined,
  { channelType, channelId }: NonNullable<ResolverQuestion['conversation']>,
): Value {
  if (row === undefined || row === 'unclear' || row.mutes === null) return null;
  return row.mutes.find((mute) => mute.channelType === channelType && mute.channelId === channelId) ?? 'none';
}

function isPerson(channelType: number): boolean {
  return channelType === channelTypes.person;
}
