import { z } from 'zod';
import type { Mute, Preferences } from '../../domain/people';
import { readLocale } from '../../shared/locale-tag';
import { readTimeZone } from '../../shared/time-zone';
import { timeInput, timeText, toTimeText, toTimeTextOrNull } from './times';

const previews = z.enum(['full', 'sender', 'none']);

const onlineKinds = z.enum(['none', 'mobile', 'any']);

const clockTime = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time from 00:00 to 23:59, such as 22:00')
  .meta({ example: '22:00' });

const timezone = z
  .string()
  .transform((text, context) => {
    const zone = readTimeZone(text);
    if (zone !== null) return zone;
    const message = 'must be an IANA time zone such as Asia/Shanghai, or an offset such as GMT+08:00';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  })
  .meta({ override: { type: 'string' }, example: 'Asia/Shanghai' });

const weekdays = z
  .array(
    z.int('must be a day from 1 (Monday) to 7 (Sunday)').min(1, 'must be 1 to 7').max(7, 'must be 1 to 7'),
  )
  .min(1, 'must name at least one day; leave it out for all days')
  .max(7, 'must name at most 7 days');

const quietHoursInput = z
  .strictObject({
    start: clockTime,
    end: clockTime,
    timezone: timezone.nullish().meta({
      description: 'For devices without their own. By default: that of the app.',
    }),
    days: weekdays.nullish().meta({
      description: 'Days on which the span starts, 1 = Monday. By default: every day.',
    }),
    allow_calls: z.boolean().nullish().meta({ description: 'Calls still ring.' }),
    allow_mentions: z
      .boolean()
      .nullish()
      .meta({ description: 'Messages that mention the user or everybody are still pushed.' }),
  })
  .refine(({ start, end }) => start !== end, {
    path: ['end'],
    message: 'must differ from start; muted_until silences whole days',
  });

export const preferencesInput = z
  .strictObject({
    locale: z.string().nullish().meta({
      description:
        'For devices that registered without one. As BCP 47 has it or the platform prints it; one that cannot be read is left out, with a warning.',
      example: 'zh-CN',
    }),
    preview: previews.nullish().meta({
      description:
        'What a device without its own setting shows: sender and text, only the sender, or neither.',
    }),
    muted_until: timeInput.nullish().meta({ description: 'The relay pushes nothing until then.' }),
    silence_while_online: onlineKinds.nullish().meta({
      description:
        'The relay pushes nothing while the user is connected to WuKongIM: `mobile` with a phone, `any` with any device. Calls still ' +
        'ring. By default: the value of `presence.skip_online`.',
    }),
    quiet_hours: quietHoursInput.nullish().meta({
      description:
        "By the clock of the device's time zone. The start belongs to it, the end does not; a start after the end spans midnight.",
    }),
  })
  .meta({ id: 'PreferencesInput' });

export type PreferencesInput = z.output<typeof preferencesInput>;

export const preferencesSchema = z
  .strictObject({
    locale: z.string().nullable(),
    preview: previews.nullable(),
    muted_until: timeText.nullable(),
    silence_while_online: onlineKinds.nullable(),
    quiet_hours: z
      .strictObject({
        start: clockTime,
        end: clockTime,
        timezone: z.string().nullable(),
        days: z.array(z.int()).nullable(),
        allow_calls: z.boolean(),
        allow_mentions: z.boolean(),
      })
      .nullable(),
  })
  .meta({ id: 'Preferences' });

export const changedPreferencesSchema = preferencesSchema
  .extend({
    warnings: z
      .array(z.strictObject({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Fields that were accepted but have no effect, with the reason.' }),
  })
  .meta({ id: 'ChangedPreferences' });

export const noPreferences: Preferences = {
  locale: null,
  preview: null,
  mutedUntilMs: null,
  silenceWhileOnline: null,
  quietHours: null,
};

export function toPreferences(input: PreferencesInput): Preferences {
  const { quiet_hours: hours = null } = input;
  const days = hours?.days ?? null;
  return {
    locale: readLocale(input.locale ?? ''),
    preview: input.preview ?? null,
    mutedUntilMs: input.muted_until ?? null,
    silenceWhileOnline: input.silence_while_online ?? null,
    quietHours:
      hours === null
        ? null
        : {
            start: hours.start,
            end: hours.end,
            timezone: hours.timezone ?? null,
            days: days === null ? null : [...new Set(days)].sort(),
            allowCalls: hours.allow_calls ?? false,
            allowMentions: hours.allow_mentions ?? false,
          },
  };
}

export function toPreferencesObject(preferences: Preferences): z.output<typeof preferencesSchema> {
  const { locale, preview, mutedUntilMs, silenceWhileOnline, quietHours } = preferences;
  return {
    locale,
    preview,
    muted_until: toTimeTextOrNull(mutedUntilMs),
    silence_while_online: silenceWhileOnline,
    quiet_hours:
      quietHours === null
        ? null
        : {
            start: quietHours.start,
            end: quietHours.end,
            timezone: quietHours.timezone,
            days: quietHours.days === null ? null : [...quietHours.days],
            allow_calls: quietHours.allowCalls,
            allow_mentions: quietHours.allowMentions,
          },
  };
}

export const muteInput = z
  .strictObject({
    until: timeInput.nullish().meta({ description: 'By default: for good.' }),
    allow_mentions: z
      .boolean()
      .nullish()
      .meta({ description: 'Messages that mention the user or everybody are still pushed.' }),
  })
  .meta({ id: 'MuteInput' });

export const muteSchema = z
  .strictObject({
    channel_type: z.int(),
    channel_id: z.string(),
    until: timeText.optional().meta({ description: 'Absent: for good.' }),
    allow_mentions: z.boolean(),
  })
  .meta({ id: 'Mute' });

export function toMuteObject({ channelType, channelId, untilMs, allowMentions }: Mute) {
  return {
    channel_type: channelType,
    channel_id: channelId,
    ...(untilMs === null ? {} : { until: toTimeText(untilMs) }),
    allow_mentions: allowMentions,
  };
}
