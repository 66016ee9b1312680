import type { CallAction, CallMedia } from '../../domain/body';
import type { Device, Preview } from '../../domain/device';
import { channelTypes } from '../../domain/message';
import type { Notification } from '../../domain/notification';
import type { TokenKind } from '../../domain/provider-table';
import type { Catalogue } from '../catalogue';
import { cleanLine } from '../clean-text';
import { collapseIdOf } from '../collapse-id';
import { nameMaxUnits } from '../gist-limits';

/** A call as all phones of one event hear of it. */
export interface Call {
  readonly callId: string;
  readonly action: CallAction;
  readonly fromUid: string;
  readonly media: CallMedia;
  /** When it rings no longer, ms since the epoch. */
  readonly endsAtMs: number;
}

/**
 * How a device hears of a call.
 * - ring: its app rings, or stops to (a VoIP push; on Android a data message).
 * - show: it has nothing that rings, so the system shows a notification.
 * - stop: its app rings, and is told to stop without anything to see.
 */
export type CallForm = 'ring' | 'show' | 'stop';

/**
 * Apple ends an app that gets a VoIP push and reports no new call, and delivers none to it if that happens again
 * (https://developer.apple.com/documentation/pushkit/pkpushregistrydelegate/pushregistry(_:didreceiveincomingpushwith:for:completion:)).
 * So VoIP pushes only ever invite; the end of a call goes to the alert token.
 */
export function callFormOf(
  { action }: Pick<Call, 'action'>,
  { platform, voipToken }: Pick<Device, 'platform' | 'voipToken'>,
  tokenKind: TokenKind,
): CallForm {
  if (tokenKind === 'voip' || platform === 'android') return 'ring';
  return action === 'answered' && voipToken !== null ? 'stop' : 'show';
}

export interface CallInput {
  readonly call: Call;
  readonly form: CallForm;
  readonly catalogue: Catalogue;
  readonly preview: Preview;
  /** As registered; null where nobody registered one. */
  readonly senderName: string | null;
  readonly displayName: string | null;
  readonly expiresAtMs: number | null;
}

/** With the preview `none` nobody learns who calls: neither the phone's screen nor the provider. */
export function renderCall(input: CallInput): Notification {
  const { call, form, catalogue, preview } = input;
  const isHidden = preview === 'none';
  const senderName = isHidden || input.senderName === null ? null : cleanLine(input.senderName, nameMaxUnits);
  const isShown = form === 'show';
  const isStopped = form === 'stop';
  return {
    kind: form === 'ring' ? 'call' : isShown ? 'alert' : 'background',
    title: isStopped ? null : (senderName ?? input.displayName),
    subtitle: null,
    body: isStopped ? null : catalogue.say(textKeys[call.action][call.media === 'video' ? 'video' : 'voice']),
    parts: null,
    imageUrl: null,
    sound: isShown && call.action === 'invite' ? 'default' : null,
    threadId: isShown && !isHidden ? `${channelTypes.person}:${call.fromUid}` : null,
    // What is shown at the end of a call takes the place of what was shown at its beginning.
    collapseId: isShown ? collapseIdOf(`call:${call.callId}`) : null,
    androidChannelId: null,
    conversation: null,
    read: null,
    call: {
      callId: call.callId,
      action: call.action,
      media: call.media,
      fromUid: isHidden ? null : call.fromUid,
      senderName,
      expiresAtMs: call.endsAtMs,
    },
    category: 'call',
    level: levels[call.action],
    wakesApp: isShown && call.action !== 'invite',
    data: {},
    priority: isStopped ? 'normal' : 'high',
    expiresAtMs: input.expiresAtMs,
  };
}

const textKeys = {
  invite: { voice: 'call_voice_incoming', video: 'call_video_incoming' },
  cancel: { voice: 'call_voice_unanswered', video: 'call_video_missed' },
  answered: { voice: 'call_answered_elsewhere', video: 'call_answered_elsewhere' },
} as const;

const levels = { invite: 'urgent', cancel: 'normal', answered: 'quiet' } as const;
