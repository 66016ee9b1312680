import type { Message } from './message';

/** What a user has read elsewhere, for the phones to remove. Null: all of the conversation. */
export interface ReadNotice {
  readonly channelType: number;
  readonly channelId: string;
  readonly upToSeq: number | null;
}

/** A push of the app server's own (POST /v1/push), as the inbox keeps it. */
export interface DirectPush {
  /** The id that the API answered. */
  readonly id: string;
  readonly app: string | null;
  readonly title: string | null;
  readonly body: string | null;
  readonly data: Readonly<Record<string, string>>;
  readonly imageUrl: string | null;
  /** Null: the default one; empty: none. */
  readonly sound: string | null;
  readonly collapseId: string | null;
  readonly ttlSeconds: number | null;
  readonly priority: 'high' | 'normal';
  readonly silent: boolean;
  /** Set where it tells of a read conversation (POST /v1/users/{uid}/read). */
  readonly read?: ReadNotice;
  /** Whether users' mutes and quiet hours hold it back; absent: no. */
  readonly respectPreferences?: boolean;
}

/** What happens to a call: it begins to ring, or it rings no longer because the caller gave up or one device answered. */
export type CallAction = 'invite' | 'cancel' | 'answered';
/** `audio` is another word for `voice`, kept as it was given. */
export type CallMedia = 'voice' | 'audio' | 'video';

/** A call that the app server tells of (POST /v1/calls), as the inbox keeps it. */
export interface CallEvent {
  /** The id that the API answered. */
  readonly id: string;
  readonly callId: string;
  readonly action: CallAction;
  readonly fromUid: string;
  readonly media: CallMedia;
  /** When the app server told, ms since the epoch: a replay does not lengthen a call's life. */
  readonly atMs: number;
  /** Null: as configured. */
  readonly ttlSeconds: number | null;
}

/**
 * What an inbox body holds. `replay`: the event comes back from the dead letters, so the duplicate check is skipped;
 * `only` limits it to those devices (null: all devices of the entry's recipients).
 */
export type WorkBody = (
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'push'; readonly push: DirectPush }
  | { readonly kind: 'call'; readonly call: CallEvent }
) & {
  readonly replay?: ReplayScope;
  /** Of the whole event, or at least so many; absent where one entry holds all of them. */
  readonly recipients?: number | undefined;
  /** The W3C `traceparent` of the span that stored it; absent where nobody collects spans. */
  readonly trace?: string | undefined;
};

/** One of a message. */
export type MessageBody = Extract<WorkBody, { kind: 'message' }>;

export interface ReplayScope {
  readonly deadLetterId: string;
  readonly only: readonly { readonly uid: string; readonly deviceId: string }[] | null;
}

export function encodeBody(body: WorkBody): Buffer {
  return Buffer.from(JSON.stringify(body));
}

/** Throws SyntaxError on bytes that no version of the relay wrote. */
export function decodeBody(bytes: Buffer): WorkBody {
  const body = JSON.parse(bytes.toString('utf8')) as WorkBody;
  if (!kinds.has(body.kind)) throw new SyntaxError('not an inbox body');
  return body;
}

const kinds: ReadonlySet<string> = new Set<WorkBody['kind']>(['message', 'push', 'call']);
