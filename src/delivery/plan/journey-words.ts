import type { MessageOrigin } from '../../domain/journey';
import type { Mute, Preferences, QuietHours, Recipient } from '../../domain/people';
import type { RecipientResult } from '../../domain/recipient-result';
import type { DecodedEvent } from './decoded-event';

/** Where an event comes from, for whoever follows its journey. */
export function originOf({ body }: DecodedEvent): MessageOrigin {
  const recipients = body.recipients ?? null;
  const nowhere = { channelId: null, channelType: null, recipients };
  const source = body.replay === undefined ? body.kind : 'replay';
  switch (body.kind) {
    case 'message': {
      const { fromUid, channelId, channelType } = body.message;
      return {
        source: source === 'message' ? 'webhook' : 'replay',
        fromUid,
        channelId,
        channelType,
        recipients,
      };
    }
    case 'push':
      return { source: source === 'replay' ? 'replay' : 'push', fromUid: null, ...nowhere };
    case 'call':
      return { source: source === 'replay' ? 'replay' : 'call', fromUid: body.call.fromUid, ...nowhere };
    default:
      return body satisfies never;
  }
}

/** What an operator asks next, in plain words; null: the result says it all. Nothing of a message's text. */
export function detailOf(
  result: RecipientResult,
  event: DecodedEvent,
  recipient: Recipient | null,
): string | null {
  switch (result) {
    case 'pushed':
      return renderedAs(event);
    case 'no_device':
      return recipient !== null && recipient.devices.length > 0
        ? 'none of the devices has a token for this'
        : null;
    case 'muted':
      return recipient === null ? null : muteText(event, recipient);
    case 'quiet_hours':
      return quietText(recipient?.preferences?.quietHours ?? null);
    case 'online':
      return 'the user is online in WuKongIM';
    case 'duplicate':
      return duplicateText(event);
    case 'not_pushed_type':
      return unpushedText(event);
    case 'expired':
      return `its life ended at ${timeText(event.deadlineMs)}`;
    case 'storm':
      return 'too many messages at once: a summary is pushed instead';
    case 'suspended':
      return 'the device was rejected too often, and rests for devices.suspend_seconds or until it registers again';
    case 'not_configured':
      return "no credential for the device's app and environment";
    case 'not_persisted':
      return 'WuKongIM does not store it (no_persist)';
    case 'command':
      return 'a command for the app, which nobody reads';
    case 'sender':
    case 'hidden':
    case 'recalled':
      return null;
    default:
      return result satisfies never;
  }
}

function renderedAs({ body, content, call }: DecodedEvent): string {
  if (call !== null) return `rendered as a call: ${call.action}`;
  if (content === null)
    return body.kind === 'push' && body.push.silent ? 'a silent push' : 'a push of the app server';
  if (content.recall !== null) return 'rendered as a recall';
  if (content.encrypted) return 'the payload is encrypted: neutral text';
  const type = content.type === null ? 'the payload has no type' : `type ${content.type}`;
  const { gist } = content;
  if (gist.kind === 'neutral') return `${type}: neutral text`;
  return `rendered as ${type} (${gist.kind === 'label' ? gist.label : gist.kind})`;
}

function muteText({ receivedAtMs }: DecodedEvent, { preferences, mute }: Recipient): string {
  return allMutedText(preferences, receivedAtMs) ?? conversationText(mute);
}

function allMutedText(preferences: Preferences | null, receivedAtMs: number): string | null {
  const untilMs = preferences?.mutedUntilMs ?? null;
  return untilMs !== null && receivedAtMs < untilMs ? `everything is muted until ${timeText(untilMs)}` : null;
}

function conversationText(mute: Mute | null): string {
  const untilMs = mute?.untilMs ?? null;
  return untilMs === null
    ? 'the conversation is muted'
    : `the conversation is muted until ${timeText(untilMs)}`;
}

function quietText(hours: QuietHours | null): string | null {
  if (hours === null) return null;
  const zone = hours.timezone === null ? '' : ` (${hours.timezone})`;
  return `quiet hours ${hours.start} to ${hours.end}${zone}`;
}

function duplicateText({ body }: DecodedEvent): string {
  const isNumbered = body.kind === 'message' && body.message.clientMsgNo !== '';
  return isNumbered
    ? 'a message of the same client_msg_no was received before'
    : 'the same message was received before';
}

function unpushedText({ body, content }: DecodedEvent): string | null {
  if (body.kind !== 'message') return null;
  if (content !== null && !content.isPushedType)
    return `content.types: type ${String(content.type)} is not pushed`;
  return body.message.redDot
    ? `channel type ${body.message.channelType} is not pushed`
    : 'it has no red dot (red_dot is 0)';
}

function timeText(atMs: number): string {
  return Number.isFinite(atMs) && Math.abs(atMs) <= latestMs
    ? new Date(atMs).toISOString()
    : 'the end of time';
}

/** Of a Date. */
const latestMs = 8.64e15;
