import type { MessageOrigin } from '../../domain/journey';
import type { DirectPush } from '../../domain/body';
import type { Device } from '../../domain/device';
import type { Mute, Preferences, Recipient } from '../../domain/people';
import type { RecipientResult } from '../../domain/recipient-result';
import { isReplayedTo } from '../rules/device-address';
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
      return recipient === null || recipient.devices.length === 0 ? null : unreachedText(event, recipient);
    case 'muted':
      return recipient === null ? null : muteText(event, recipient);
    case 'quiet_hours':
      return recipient === null ? null : quietText(recipient);
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
      return 'the device is suspended for devices.suspend_seconds, or until it registers again';
    case 'not_configured':
      return "no credential for the device's app and environment";
    case 'not_persisted':
      return 'WuKongIM does not store it (no_persist)';
    case 'command':
      return commandText(event);
    case 'recalled':
      return event.call === null ? null : 'the call was given up, or answered';
    case 'sender':
    case 'hidden':
      return null;
    default:
      return result satisfies never;
  }
}

function pushText({ silent, read }: DirectPush): string {
  if (read !== undefined) return 'a silent push that removes what was read elsewhere';
  return silent ? 'a silent push' : 'a push of the app server';
}

/** As {@link detailOf}, of one device that is left out. */
export function deviceDetailOf(
  result: RecipientResult,
  event: DecodedEvent,
  recipient: Recipient,
  device: Device,
): string | null {
  const { body } = event;
  switch (result) {
    case 'no_device':
      return body.kind === 'push' && body.push.app !== null && body.push.app !== device.app
        ? `the push is for the app ${body.push.app}, the device is of the app ${device.app}`
        : 'the device has no token for this';
    case 'quiet_hours':
      return quietText(recipient, device);
    case 'suspended': {
      const { lastFailureReason, suspendedUntilMs } = device;
      const until = suspendedUntilMs === null ? '' : `until ${timeText(suspendedUntilMs)} or `;
      return `suspended for ${lastFailureReason ?? 'a reason unknown'}, ${until}until it registers again`;
    }
    default:
      return detailOf(result, event, recipient);
  }
}

function unreachedText({ body }: DecodedEvent, { devices }: Recipient): string {
  const app = body.kind === 'push' ? body.push.app : null;
  if (!devices.some((device) => isReplayedTo(body, device)))
    return 'the device that the replay is for is not registered any more';
  return app !== null && devices.every((device) => device.app !== app)
    ? `none of the devices is of the app ${app}`
    : 'none of the devices has a token for this';
}

function commandText({ content }: DecodedEvent): string {
  if (content !== null && content.callEnd !== null) return 'it ends a call';
  return content !== null && content.recall !== null
    ? 'a recall of what no phone shows'
    : 'a command for the app, which nobody reads';
}

function renderedAs({ body, content, call }: DecodedEvent): string {
  if (call !== null) return `rendered as a call: ${call.action}`;
  if (content === null) return body.kind === 'push' ? pushText(body.push) : 'a call';
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

/** `device`: it is by its clock, then by that of the user, then by that of the app. Without one, of several. */
function quietText({ preferences, devices }: Recipient, device?: Device): string | null {
  const hours = preferences?.quietHours ?? null;
  if (hours === null) return null;
  const those = device === undefined ? devices : [device];
  const zones = new Set(those.map(({ timezone }) => timezone ?? hours.timezone));
  const [zone = null] = zones.size === 1 ? zones : [];
  return `quiet hours ${hours.start} to ${hours.end}${zone === null ? '' : ` (${zone})`}`;
}

function duplicateText({ body, content }: DecodedEvent): string {
  if (content !== null && content.recall !== null) return 'the same recall was received before';
  if (body.kind === 'call') return `this ${body.call.action} of the call was received before`;
  if (body.kind === 'push') return 'the same push was received before';
  return body.message.clientMsgNo !== ''
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
