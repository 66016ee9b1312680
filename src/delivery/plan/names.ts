import { channelTypes, conversationId } from '../../domain/message';
import type { Profile, Recipient } from '../../domain/people';
import type { AliasQuestion, GivenNames, MemberKey } from '../../store/ports/given-names';
import type { Profiles } from '../../store/ports/people';
import type { Names, DecodedEvent } from './decoded-event';

export interface NamePorts {
  readonly profiles: Profiles;
  readonly givenNames: Pick<GivenNames, 'getMembers' | 'findAliases'>;
}

/** For a push of the app server's own, which brings its title. */
export const nameless: Names = { member: null, sender: null, avatarUrl: null, channel: null };

/**
 * The names in the titles of some events, in their order, asked for once however many share them.
 */
export async function readNames(
  { profiles, givenNames }: NamePorts,
  decoded: readonly DecodedEvent[],
): Promise<readonly Names[]> {
  const uids: string[] = [];
  const channels = new Map<string, Promise<Profile | null>>();
  const members: MemberKey[] = [];
  for (const { body, call } of decoded) {
    if (body.kind === 'push') continue;
    const fromUid = call?.fromUid ?? (body.kind === 'message' ? body.message.fromUid : '');
    if (!uids.includes(fromUid)) uids.push(fromUid);
    // A call is called by who calls.
    if (call !== null || body.kind === 'call') continue;
    const { channelType } = body.message;
    const channelId = conversationId(body.message);
    // A conversation of two is called by the other one's name.
    if (channelType === channelTypes.person) continue;
    members.push({ channelType, channelId, uid: fromUid });
    const key = channelKey(channelType, channelId);
    if (!channels.has(key)) channels.set(key, profiles.getChannel(channelType, channelId));
  }
  if (uids.length === 0) return decoded.map(() => nameless);
  const [senders, channelProfiles, memberNames] = await Promise.all([
    profiles.getUsers(uids),
    channels.size === 0 ? none : Promise.all(channels.values()),
    members.length === 0 ? none : givenNames.getMembers(members),
  ]);
  const channelKeys = [...channels.keys()];
  let member = 0;
  return decoded.map(({ body, call }) => {
    if (call !== null) {
      const profile = senders[uids.indexOf(call.fromUid)] ?? null;
      return { ...nameless, sender: profile?.name ?? null, avatarUrl: profile?.avatarUrl ?? null };
    }
    if (body.kind !== 'message') return nameless;
    const { fromUid, channelType } = body.message;
    const channelId = conversationId(body.message);
    const profile = senders[uids.indexOf(fromUid)] ?? null;
    const sender = profile?.name ?? null;
    const avatarUrl = profile?.avatarUrl ?? null;
    if (channelType === channelTypes.person)
      return profile === null ? nameless : { member: null, sender, avatarUrl, channel: null };
    const channel = channelProfiles[channelKeys.indexOf(channelKey(channelType, channelId))]?.name ?? null;
    return { member: memberNames[member++] ?? null, sender, avatarUrl, channel };
  });
}

/** Some of an event's recipients. */
export interface Asked {
  readonly event: DecodedEvent;
  readonly uids: readonly string[];
}

/** `recipients` in the order of what is asked; those who have a name of their own for the sender, with it. */
export async function withAliases(
  { givenNames }: NamePorts,
  asked: readonly Asked[],
  finding: Promise<readonly Recipient[]>,
): Promise<readonly Recipient[]> {
  const questions: AliasQuestion[] = [];
  for (const { event, uids } of asked) {
    const peerUid = senderUidOf(event);
    if (peerUid !== null) questions.push({ peerUid, readerUids: uids });
  }
  if (questions.length === 0) return finding;
  const [recipients, lists] = await Promise.all([finding, givenNames.findAliases(questions)]);
  if (lists.every((aliases) => aliases.length === 0)) return recipients;
  const named = [...recipients];
  let from = 0;
  let question = 0;
  for (const { event, uids } of asked) {
    const aliases = senderUidOf(event) === null ? none : (lists[question++] ?? none);
    for (const [index, alias] of aliases.entries()) {
      const recipient = recipients[from + index];
      if (alias !== null && recipient !== undefined) named[from + index] = { ...recipient, alias };
    }
    from += uids.length;
  }
  return named;
}

/** Who speaks, or calls; null for a push of the app server's own. */
export function senderUidOf({ body, call }: DecodedEvent): string | null {
  if (call !== null) return call.fromUid;
  return body.kind === 'message' ? body.message.fromUid : null;
}

const none: readonly never[] = [];

function channelKey(channelType: number, channelId: string): string {
  return `${channelType}:${channelId}`;
}
