import type { components } from '../../../clients/node';
import type { DropReason } from '../../domain/recipient-result';

/** As the API answers it. */
export type Trace = components['schemas']['Trace'];

type Recipient = Trace['recipients'][number];
type Device = Recipient['devices'][number];
type Step = Device['steps'][number];

export interface TraceRow {
  readonly at: string;
  readonly uid: string;
  readonly device: string;
  readonly what: string;
  readonly [column: string]: string;
}

/** What the trace is of, in one line. */
export function messageLine({
  message_id,
  received_at,
  source,
  from_uid,
  channel_id,
  counts,
}: Trace): string {
  const what = source === 'push' || source === 'call' ? source : 'message';
  const from = from_uid === null ? '' : ` from ${plain(from_uid)}`;
  const channel = channel_id === null ? '' : ` in ${plain(channel_id)}`;
  const replay = source === 'replay' ? ', replayed' : '';
  const results = Object.entries(counts).map(([result, count]) => `${String(count)} ${result}`);
  return `${what} ${plain(message_id)}${from}${channel}, received ${received_at}${replay}: ${results.join(', ') || 'no recipient yet'}`;
}

/** A row per recipient, and below it one per step of each device. */
export function rowsOf({ recipients }: Trace): TraceRow[] {
  return recipients.flatMap((recipient) => [
    { at: recipient.at, uid: recipient.uid, device: '', what: recipientWords(recipient) },
    ...recipient.devices.flatMap((device) => deviceRows(recipient.uid, device)),
  ]);
}

function recipientWords({ uid, result, detail }: Recipient): string {
  const words = resultWords[result]?.replace('{uid}', plain(uid)) ?? result;
  return detail === undefined ? words : `${words} (${detail})`;
}

function deviceRows(uid: string, { device_id, provider, state, steps }: Device): TraceRow[] {
  const device = provider === null ? device_id : `${device_id} (${provider})`;
  const rows = steps.map((step) => ({ at: step.at, uid, device, what: stepWords(step) }));
  const last = rows[rows.length - 1]?.at ?? '';
  // Of a test push that was not accepted nothing is kept.
  const words =
    steps.at(-1)?.reason === 'not_retried' && state === 'dead_letter' ? 'given up' : stateWords[state];
  return [...rows, { at: last, uid, device, what: `→ ${words ?? state}` }];
}

function stepWords({ step, outcome, reason, detail, attempt, provider_id }: Step): string {
  const because = reason === undefined ? '' : `: ${reasonWords(reason)}`;
  const more = detail === undefined ? '' : ` (${detail})`;
  if (step !== 'answered') return `${stepNames[step] ?? step}${because}${more}`;
  const id = provider_id === undefined ? '' : `, id ${provider_id}`;
  const said = outcomeWords[outcome ?? ''] ?? outcome ?? 'answered';
  return `attempt ${String(attempt ?? 1)}: ${said}${because}${id}${more}`;
}

function reasonWords(reason: string): string {
  const words = reasonMeanings[reason];
  return words === undefined ? reason : `${reason} (${words})`;
}

function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '·');
}

const resultWords: Readonly<Record<string, string | undefined>> = {
  pushed: 'a push was planned',
  received: 'received, and waits in the inbox',
  no_device: '{uid} has no device registered for this',
  not_configured: 'no credential fits the device',
  suspended: 'the device is suspended',
  sender: '{uid} sent it',
  hidden: 'the message hides itself from {uid} (visibles, invisibles)',
  muted: '{uid} has muted it',
  quiet_hours: '{uid} has quiet hours',
  online: '{uid} is online',
  storm: 'too many messages in a minute',
  duplicate: 'a duplicate',
  expired: 'the message has expired',
  too_late: 'the relay could not send it in time',
  command: 'a command is not shown',
  not_persisted: 'WuKongIM does not store this message, so it is not pushed',
  not_pushed_type: 'messages of this kind are not pushed',
  recalled: 'recalled before it was sent',
} satisfies Record<Recipient['result'], string>;

const stateWords: Readonly<Record<string, string | undefined>> = {
  accepted: 'accepted by the provider',
  waiting: 'waits for its next attempt',
  parked: 'waits until the credential is accepted again',
  forgotten: 'its device token is dead, or the device is gone',
  suspended: 'the device is suspended after rejections',
  rejected: 'the provider will never accept it',
  dead_letter: 'given up: it is a dead letter',
  summarized: 'left to a summary or a later message',
  skipped: 'not sent to this device',
} satisfies Record<Device['state'], string>;

const stepNames: Readonly<Record<string, string | undefined>> = {
  skipped: 'skipped',
  waiting: 'waits',
  parked: 'parked',
  dropped: 'dropped',
  dead: 'given up',
};

export const outcomeWords: Readonly<Record<string, string | undefined>> = {
  accepted: 'accepted',
  unregistered: 'the device token is dead',
  rejected: 'rejected',
  throttled: 'throttled by the provider',
  exhausted: 'the quota is used up',
  unavailable: 'the provider did not answer, or failed',
  misconfigured: 'the provider refused the credential',
  refused_locally: 'the relay did not ask the provider',
} satisfies Record<NonNullable<Step['outcome']>, string>;

/** What operators meet most. */
export const reasonMeanings: Readonly<Record<string, string | undefined>> = {
  Unregistered: 'the app was removed, or has a new token',
  UNREGISTERED: 'the app was removed, or has a new token',
  BadDeviceToken: 'a token of the other environment, or not a token of APNs',
  DeviceTokenNotForTopic: 'a token of another bundle id',
  TopicDisallowed: 'the credential does not serve this bundle id',
  BadTopic: 'the bundle id is wrong',
  SENDER_ID_MISMATCH: 'a token of another Firebase project',
  InvalidProviderToken: 'the key, key id or team id is wrong',
  ExpiredProviderToken: "check the clock of the relay's machine",
  forgotten: 'the device token is dead',
  suspended: 'the device is suspended after rejections',
  muted: 'the user has muted it',
  quiet_hours: 'the user has quiet hours',
  online: 'the user is online',
  recalled: 'it was recalled, or the call is over',
  expired: 'its life is over',
  storm: 'too many messages in a minute',
  sender: 'the user sent it',
  hidden: 'the message hides itself from the user',
  duplicate: 'it was received before',
  command: 'a command is not shown',
  not_persisted: 'WuKongIM does not store this message',
  not_pushed_type: 'messages of this kind are not pushed',
  no_device: 'the device is not for this',
  device_gone: 'the device is not registered any more',
  superseded: 'a later message took its place',
  read: 'the user read it elsewhere',
  not_retried: 'a test push is tried once',
} satisfies Record<string, string> & Record<DropReason, string>;
