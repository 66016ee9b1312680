import { conversationId } from '../../domain/message';
import type { Conversation, Preferences, Recipient } from '../../domain/people';
import type { NamedAnswer } from '../../resolver/answer';
import type { ResolverQuestion } from '../../resolver/question';
import type { ResolvedEvent, ResolvedReader, Resolver } from '../../resolver/resolver';
import { isHeeded } from '../rules/rule';
import type { DecodedEvent, Names } from './decoded-event';
import { senderUidOf, type Asked } from './names';

interface Found {
  readonly recipients: readonly Recipient[];
  readonly names: readonly Names[];
}

/**
 * What the store knows, and before it what the resolver answers, field by field. Only those who have a device are asked for, and of a
 * push of the app server's own only where its readers' wishes change something.
 */
export async function askResolver(
  resolver: Pick<Resolver, 'find'>,
  asked: readonly Asked[],
  { recipients, names }: Found,
): Promise<Found> {
  const questions: ResolverQuestion[] = [];
  /** Places of the questions' readers among the recipients. */
  const places: (readonly number[])[] = [];
  let from = 0;
  for (const { event, uids } of asked) {
    const readers = placesWithDevice(recipients, from, from + uids.length);
    from += uids.length;
    places.push(readers);
    questions.push({
      message: event.body.kind === 'message' && event.call === null ? event.body.message : null,
      fromUid: senderUidOf(event) || null,
      conversation: conversationOf(event),
      readers: dependsOnReaders(event) ? readers.map((place) => recipients[place]?.uid ?? '') : [],
    });
  }
  const answers = await resolver.find(questions);
  const merged = [...recipients];
  for (const [index, { readers }] of answers.entries())
    for (const [position, place] of (places[index] ?? []).entries()) {
      const recipient = recipients[place];
      const reader = readers[position];
      if (recipient !== undefined && reader !== undefined) merged[place] = mergeRecipient(recipient, reader);
    }
  return { recipients: merged, names: names.map((stored, index) => mergeNames(stored, answers[index])) };
}

/** As its readers open it. Null for a call: a muted conversation rings all the same. */
export function conversationOf({ body, call }: DecodedEvent): Conversation | null {
  if (body.kind !== 'message' || call !== null) return null;
  return { channelType: body.message.channelType, channelId: conversationId(body.message) };
}

/** A push of the app server's own may silence nobody, and what was read is named only to phones that may name it. */
function dependsOnReaders(event: DecodedEvent): boolean {
  return isHeeded(event) || (event.body.kind === 'push' && event.body.push.read !== undefined);
}

function placesWithDevice(recipients: readonly Recipient[], from: number, to: number): readonly number[] {
  const places: number[] = [];
  for (let place = from; place < to; place += 1)
    if ((recipients[place]?.devices.length ?? 0) > 0) places.push(place);
  return places;
}

function mergeNames(stored: Names, answer: ResolvedEvent | undefined): Names {
  if (answer === undefined) return stored;
  return {
    member: answer.member ?? stored.member,
    sender: nameOf(answer.sender) ?? stored.sender,
    avatarUrl: answer.sender?.avatarUrl ?? stored.avatarUrl,
    channel: nameOf(answer.channel) ?? stored.channel,
  };
}

function nameOf(named: NamedAnswer | null): string | null {
  return named?.name ?? null;
}

function mergeRecipient(stored: Recipient, reader: ResolvedReader): Recipient {
  const alias = reader.alias ?? stored.alias;
  return {
    ...stored,
    ...(alias === undefined ? {} : { alias }),
    preferences: reader.isKnown
      ? mergePreferences(stored.preferences, reader.preferences)
      : // The reader may have chosen to hide everything.
        { ...(stored.preferences ?? nothing), preview: 'none' },
    mute: reader.mute === null ? stored.mute : reader.mute === 'none' ? null : reader.mute,
  };
}

function mergePreferences(stored: Preferences | null, answer: Preferences | null): Preferences | null {
  if (stored === null || answer === null) return answer ?? stored;
  return {
    locale: answer.locale ?? stored.locale,
    preview: answer.preview ?? stored.preview,
    mutedUntilMs: answer.mutedUntilMs ?? stored.mutedUntilMs,
    silenceWhileOnline: answer.silenceWhileOnline ?? stored.silenceWhileOnline,
    quietHours: answer.quietHours ?? stored.quietHours,
  };
}

const nothing: Preferences = {
  locale: null,
  preview: null,
  mutedUntilMs: null,
  silenceWhileOnline: null,
  quietHours: null,
};
