import type { Device } from '../../domain/device';
import type { Preferences, QuietHours } from '../../domain/people';
import { isCall, isHeeded, isMentioned, type MessageFacts, type Moment, type Verdict } from './rule';
import { ZoneClock } from './zone-clock';

/** Of one device of a user who wants something. */
export type DeviceRule = (
  message: MessageFacts,
  preferences: Preferences,
  device: Device,
  now: Moment,
) => Verdict;

/** `timezoneOf`: where a device of an app is that did not say, and whose user did not either. */
export function createDeviceRule(timezoneOf: (app: string) => string): DeviceRule {
  const clock = new ZoneClock();
  const isQuietAt = (hours: QuietHours, device: Device, atMs: number): boolean => {
    for (const zone of [device.timezone, hours.timezone, timezoneOf(device.app)]) {
      const minute = zone === null ? null : clock.minuteOfWeek(zone, atMs);
      if (minute !== null) return isWithin(hours, minute);
    }
    return false;
  };
  /** What came in quiet hours is not pushed after them either. */
  return (message, { quietHours }, device, now) => {
    if (quietHours === null || !isHeeded(message)) return 'send';
    if (isCall(message) ? quietHours.allowCalls : passesAsMention(quietHours, message, device)) return 'send';
    const isQuiet =
      isQuietAt(quietHours, device, now.wallMs) || isQuietAt(quietHours, device, message.receivedAtMs);
    return isQuiet ? 'quiet_hours' : 'send';
  };
}

function passesAsMention({ allowMentions }: QuietHours, message: MessageFacts, { uid }: Device): boolean {
  return allowMentions && isMentioned(message, uid);
}

/** The start belongs to it, the end does not. A span over midnight belongs to the day that it starts on. */
function isWithin({ start, end, days }: QuietHours, minuteOfWeek: number): boolean {
  const from = minuteOf(start);
  const to = minuteOf(end);
  const minute = minuteOfWeek % minutesADay;
  const day = Math.floor(minuteOfWeek / minutesADay) + 1;
  const isOn = (startDay: number): boolean => days === null || days.includes(startDay);
  if (from < to) return minute >= from && minute < to && isOn(day);
  return (minute >= from && isOn(day)) || (minute < to && isOn(day === 1 ? 7 : day - 1));
}

/** Of `HH:MM`. */
function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

const minutesADay = 1_440;
