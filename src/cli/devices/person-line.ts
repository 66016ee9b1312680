import { z } from 'zod';
import { issueWords } from '../../api/request/issue-words';
import { toFieldErrors } from '../../api/request/validation';
import { badgeApp, badgeInput } from '../../api/schemas/badge';
import { identifier, imageUrl, line } from '../../api/schemas/identifiers';
import { timeInput, toTimeTextOrNull } from '../../api/schemas/times';
import type { Preferences } from '../../domain/people';
import type { PersonRecord } from '../../domain/person-record';
import { readLocale } from '../../shared/locale-tag';
import { readTimeZone } from '../../shared/time-zone';

export type PersonLine =
  | { readonly kind: 'person'; readonly record: PersonRecord }
  | { readonly kind: 'problem'; readonly problem: string };

const name = line(256);
const channelType = z.int().min(0).max(255);
const profile = { name, avatar_url: imageUrl.nullish() };
const channel = { channel_type: channelType, channel_id: identifier };

const clockTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 22:00');
const quietHours = z
  .strictObject({
    start: clockTime,
    end: clockTime,
    timezone: z.string().nullish(),
    days: z.array(z.int().min(1).max(7)).min(1).max(7).nullish(),
    allow_calls: z.boolean().nullish(),
    allow_mentions: z.boolean().nullish(),
  })
  .refine(({ start, end }) => start !== end, { path: ['end'], message: 'must differ from start' })
  .transform(({ start, end, timezone, days = null, allow_calls, allow_mentions }) => ({
    start,
    end,
    timezone: readTimeZone(timezone ?? ''),
    days,
    allowCalls: allow_calls ?? false,
    allowMentions: allow_mentions ?? false,
  }));

/** By the `kind` of a line. What the API takes, a line takes. */
const readers: Readonly<Record<string, z.ZodType<PersonRecord>>> = {
  user: z
    .strictObject({ kind: z.literal('user'), uid: identifier, ...profile })
    .transform(({ uid, name, avatar_url: avatarUrl = null }) => ({
      kind: 'user',
      uid,
      profile: { name, avatarUrl },
    })),
  channel: z
    .strictObject({ kind: z.literal('channel'), ...channel, ...profile })
    .transform(({ channel_type, channel_id, name, avatar_url: avatarUrl = null }) => ({
      kind: 'channel',
      channelType: channel_type,
      channelId: channel_id,
      profile: { name, avatarUrl },
    })),
  alias: z
    .strictObject({ kind: z.literal('alias'), uid: identifier, peer_uid: identifier, name })
    .transform(({ uid, peer_uid, name }) => ({ kind: 'alias', readerUid: uid, peerUid: peer_uid, name })),
  member: z
    .strictObject({ kind: z.literal('member'), ...channel, uid: identifier, name })
    .transform(({ channel_type, channel_id, uid, name }) => ({
      kind: 'member',
      channelType: channel_type,
      channelId: channel_id,
      uid,
      name,
    })),
  preferences: z
    .strictObject({
      kind: z.literal('preferences'),
      uid: identifier,
      locale: z.string().nullish(),
      preview: z.enum(['full', 'sender', 'none']).nullish(),
      muted_until: timeInput.nullish(),
      silence_while_online: z.enum(['none', 'mobile', 'any']).nullish(),
      quiet_hours: quietHours.nullish(),
    })
    .transform(({ kind, uid, locale, preview = null, quiet_hours: hours = null, ...rest }) => ({
      kind,
      uid,
      preferences: {
        locale: readLocale(locale ?? ''),
        preview,
        mutedUntilMs: rest.muted_until ?? null,
        silenceWhileOnline: rest.silence_while_online ?? null,
        quietHours: hours,
      },
    })),
  mute: z
    .strictObject({
      kind: z.literal('mute'),
      uid: identifier,
      ...channel,
      until: timeInput.nullish(),
      allow_mentions: z.boolean().nullish(),
    })
    .transform(({ kind, uid, channel_type, channel_id, until, allow_mentions }) => ({
      kind,
      uid,
      mute: {
        channelType: channel_type,
        channelId: channel_id,
        untilMs: until ?? null,
        allowMentions: allow_mentions ?? false,
      },
    })),
  badge: z
    .strictObject({
      kind: z.literal('badge'),
      uid: identifier,
      app: badgeApp,
      count: badgeInput.shape.count,
      conversations: z.record(z.string().regex(/^[\w-]{16}$/), badgeInput.shape.count).nullish(),
    })
    .transform(({ conversations, ...badge }) => ({ ...badge, conversations: conversations ?? {} })),
};

export function personLine(record: PersonRecord): string {
  return JSON.stringify(fieldsOf(record));
}

export function readPerson(kind: unknown, value: object): PersonLine {
  const reader = typeof kind === 'string' && Object.hasOwn(readers, kind) ? readers[kind] : undefined;
  if (reader === undefined)
    return { kind: 'problem', problem: `kind: must be device, ${Object.keys(readers).join(', ')}` };
  const read = reader.safeParse(value, { error: issueWords });
  if (read.success) return { kind: 'person', record: read.data };
  const words = toFieldErrors(read.error.issues).map(({ path, message }) =>
    path === '' ? message : `${path}: ${message}`,
  );
  return { kind: 'problem', problem: words.join('; ') };
}

function fieldsOf(record: PersonRecord): object {
  const { kind } = record;
  switch (kind) {
    case 'user':
      return { kind, uid: record.uid, name: record.profile.name, avatar_url: record.profile.avatarUrl };
    case 'channel': {
      const { channelType: type, channelId: id, profile } = record;
      return { kind, channel_type: type, channel_id: id, name: profile.name, avatar_url: profile.avatarUrl };
    }
    case 'alias':
      return { kind, uid: record.readerUid, peer_uid: record.peerUid, name: record.name };
    case 'member': {
      const { channelType: type, channelId: id, uid, name } = record;
      return { kind, channel_type: type, channel_id: id, uid, name };
    }
    case 'preferences':
      return { kind, uid: record.uid, ...preferenceFields(record.preferences) };
    case 'mute': {
      const { channelType: type, channelId: id, untilMs, allowMentions } = record.mute;
      const until = toTimeTextOrNull(untilMs);
      return {
        kind,
        uid: record.uid,
        channel_type: type,
        channel_id: id,
        until,
        allow_mentions: allowMentions,
      };
    }
    case 'badge': {
      const { conversations, ...badge } = record;
      return Object.keys(conversations).length === 0 ? badge : record;
    }
    default:
      return record satisfies never;
  }
}

function preferenceFields({
  locale,
  preview,
  mutedUntilMs,
  silenceWhileOnline,
  quietHours,
}: Preferences): object {
  return {
    locale,
    preview,
    muted_until: toTimeTextOrNull(mutedUntilMs),
    silence_while_online: silenceWhileOnline,
    quiet_hours: quietHours && {
      start: quietHours.start,
      end: quietHours.end,
      timezone: quietHours.timezone,
      days: quietHours.days,
      allow_calls: quietHours.allowCalls,
      allow_mentions: quietHours.allowMentions,
    },
  };
}
