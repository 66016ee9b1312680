import type { Mute, Preferences, QuietHours } from '../domain/people';
import { isObject, type JsonObject } from '../shared/json-object';
import { readLocale } from '../shared/locale-tag';
import { readTimeZone } from '../shared/time-zone';

/** A field that is there and cannot be understood: it might have hidden something. */
class Unclear extends Error {}

/** Null: the answer says nothing of them, nor does a field that is null. */
export function readPreferences(value: unknown): Preferences | 'unclear' | null {
  if (value === undefined || value === null) return null;
  return orUnclear(() => preferencesOf(objectOf(value)));
}

/** Null: the answer says nothing of them. */
export function readMutes(value: unknown): readonly Mute[] | 'unclear' | null {
  if (value === undefined || value === null) return null;
  return orUnclear(() => listOf(value).map((item) => muteOf(objectOf(item))));
}

function orUnclear<T>(read: () => T): T | 'unclear' {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unclear) return 'unclear';
    throw error;
  }
}

function preferencesOf(row: JsonObject): Preferences {
  return {
    // A language that nobody knows hides nothing.
    locale: typeof row['locale'] === 'string' ? readLocale(row['locale']) : null,
    preview: choiceOf(row['preview'], ['full', 'sender', 'none']),
    mutedUntilMs: timeOf(row['muted_until']),
    silenceWhileOnline: choiceOf(row['silence_while_online'], ['none', 'mobile', 'any']),
    quietHours: quietHoursOf(row['quiet_hours']),
  };
}

function quietHoursOf(value: unknown): QuietHours | null {
  if (value === undefined || value === null) return null;
  const row = objectOf(value);
  const { timezone } = row;
  const start = timeOfDay(row['start']);
  const end = timeOfDay(row['end']);
  if (start === end) throw new Unclear();
  return {
    start,
    end,
    timezone: typeof timezone === 'string' ? readTimeZone(timezone) : null,
    days: daysOf(row['days']),
    allowCalls: flagOf(row['allow_calls']),
    allowMentions: flagOf(row['allow_mentions']),
  };
}

function muteOf(row: JsonObject): Mute {
  const { channel_type: channelType, channel_id: channelId } = row;
  if (!Number.isInteger(channelType) || typeof channelId !== 'string') throw new Unclear();
  return {
    channelType: Number(channelType),
    channelId,
    untilMs: timeOf(row['until']),
    allowMentions: flagOf(row['allow_mentions']),
  };
}

function objectOf(value: unknown): JsonObject {
  if (!isObject(value)) throw new Unclear();
  return value;
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Unclear();
  return value;
}

function choiceOf<const T extends string>(value: unknown, choices: readonly T[]): T | null {
  if (value === undefined || value === null) return null;
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new Unclear();
  return found;
}

function flagOf(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw new Unclear();
  return value;
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

function timeOf(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  const atMs = typeof value === 'string' && rfc3339.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(atMs)) throw new Unclear();
  return atMs;
}

function timeOfDay(value: unknown): string {
  if (typeof value !== 'string' || !/^([01]\d|2[0-3]):[0-5]\d$/.test(value)) throw new Unclear();
  return value;
}

function daysOf(value: unknown): readonly number[] | null {
  if (value === undefined || value === null) return null;
  const days = listOf(value);
  if (days.length === 0) return null;
  return days.map((day) => {
    if (!Number.isInteger(day) || Number(day) < 1 || Number(day) > 7) throw new Unclear();
    return Number(day);
  });
}
