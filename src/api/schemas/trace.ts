import { z } from 'zod';
import { outcomeKinds } from '../../domain/outcome';
import { recipientResults } from '../../domain/recipient-result';
import { mostLatest } from '../../store/ports/traces';
import { deviceStates } from '../../trace/device-state';
import { identifier } from './identifiers';
import { limitInput, pageQuery } from './page';
import { timeText } from './times';

export const messageParams = z.strictObject({ message_id: identifier });
export const pushParams = z.strictObject({ id: identifier });
/** Of recipients: 1,000 of them with their devices are some 500 KB. */
export const traceQuery = z.strictObject(pageQuery(1_000));
export const recentQuery = z.strictObject(pageQuery(100));
export const latestQuery = z.strictObject({ limit: limitInput(mostLatest) });

const stepSchema = z.strictObject({
  at: timeText,
  step: z.enum(['skipped', 'answered', 'accepted', 'waiting', 'parked', 'dropped', 'dead']).meta({
    description:
      'answered: what the provider said to one attempt. waiting, parked, dropped, dead: what the relay did then. ' +
      'skipped: a rule kept the push from this device.',
  }),
  outcome: z.enum(outcomeKinds).optional().meta({ description: 'Of `answered`.' }),
  reason: z.string().optional().meta({ description: "The provider's code, or the relay's words." }),
  detail: z.string().optional().meta({ description: 'For people.' }),
  attempt: z.int().optional().meta({ description: 'Of `answered`. The first is 1.' }),
  provider_id: z
    .string()
    .optional()
    .meta({ description: "The provider's own id of what it accepted, such as the apns-id." }),
});

const deviceSchema = z.strictObject({
  device_id: z.string(),
  provider: z.string().nullable().meta({ description: 'Null if a crash lost this part of the trace.' }),
  state: z.enum(deviceStates).meta({
    description:
      'accepted: the provider took it. waiting: under way, or tried again. parked: its credential is paused. forgotten: the device ' +
      'token is dead, or the device is not registered any more. suspended: rejected too often, or reported by its vendor. rejected: the provider never takes it. dead_letter: the relay gave it up. ' +
      'summarized: a summary or a later message took its place. skipped: a rule kept it from this device.',
  }),
  steps: z.array(stepSchema).meta({ description: 'In their order.' }),
});

const recipientSchema = z.strictObject({
  uid: z.string(),
  result: z.enum([...recipientResults, 'too_late', 'received']).meta({
    description:
      'pushed: a push was planned, and `devices` tell what came of it. received: in the inbox, not planned yet. ' +
      'The other values state why there was no push.',
  }),
  detail: z.string().optional().meta({ description: 'For people: until when, which quiet hours.' }),
  at: timeText.meta({ description: 'Of the last step.' }),
  devices: z.array(deviceSchema).meta({ description: 'The devices that the message was planned for.' }),
});

const messageFields = {
  message_id: z.string().meta({ description: "WuKongIM's message id, or the id of the push or call." }),
  received_at: timeText,
  from_uid: z.string().nullable().meta({ description: 'Who sent it. Null: the app server.' }),
  channel_id: z
    .string()
    .nullable()
    .meta({ description: 'As the webhook names it. Null: the app server has named none.' }),
  channel_type: z.int().nullable().meta({ description: "WuKongIM's. Null: the app server has named none." }),
  source: z
    .enum(['webhook', 'push', 'call', 'replay'])
    .nullable()
    .meta({ description: 'Null if a crash lost this part of the trace.' }),
  counts: z
    .record(z.string(), z.int())
    .meta({ description: 'Recipients by result, those included that are not listed.' }),
};

const recordFields = {
  ...messageFields,
  recipients: z.array(recipientSchema).meta({
    description:
      'Of a message to more than `trace.full_up_to_recipients`, only those whose push was not accepted at the first attempt.',
  }),
};

export const traceSchema = z
  .strictObject({
    ...recordFields,
    next_cursor: z.string().optional().meta({ description: 'Absent on the last page of recipients.' }),
  })
  .meta({ id: 'Trace' });

const sample = z.number().meta({
  description: '`trace.sample`: the share of messages that leave a trace. 0: the relay keeps no traces.',
});

export const latestSchema = z
  .strictObject({
    items: z.array(z.strictObject(messageFields)),
    since: timeText.meta({ description: 'Traces reach back to this time.' }),
    sample,
  })
  .meta({ id: 'LatestMessages' });

export const recentSchema = z
  .strictObject({
    items: z.array(z.strictObject(recordFields)),
    since: timeText.meta({ description: 'Traces reach back to this time.' }),
    sample,
    next_cursor: z.string().optional().meta({ description: 'Absent on the last page.' }),
  })
  .meta({ id: 'RecentMessages' });
