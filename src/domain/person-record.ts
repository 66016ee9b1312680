import type { Mute, Preferences, Profile } from './people';

/** One thing that is kept about people and their conversations, beside devices: what an export carries. */
export type PersonRecord =
  | { readonly kind: 'user'; readonly uid: string; readonly profile: Profile }
  | {
      readonly kind: 'channel';
      readonly channelType: number;
      readonly channelId: string;
      readonly profile: Profile;
    }
  /** What `readerUid` calls `peerUid`. */
  | { readonly kind: 'alias'; readonly readerUid: string; readonly peerUid: string; readonly name: string }
  | {
      readonly kind: 'member';
      readonly channelType: number;
      readonly channelId: string;
      readonly uid: string;
      readonly name: string;
    }
  | { readonly kind: 'preferences'; readonly uid: string; readonly preferences: Preferences }
  | { readonly kind: 'mute'; readonly uid: string; readonly mute: Mute }
  | {
      readonly kind: 'badge';
      readonly uid: string;
      readonly app: string;
      readonly count: number;
      readonly conversations: UnreadByConversation;
    };

/** How much of a count belongs to which conversation, by the digest that the stores know it by. */
export type UnreadByConversation = Readonly<Record<string, number>>;
