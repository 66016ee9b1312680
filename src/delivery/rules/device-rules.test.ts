import { everybody } from '../../content/audience';
import type { MessageContent } from '../../content/message-content';
import type { Device } from '../../domain/device';
import type { Preferences, QuietHours } from '../../domain/people';
import { createDeviceRule } from './device-rules';
import type { MessageFacts } from './rule';
import { ZoneClock } from './zone-clock';

const text = everybody as MessageContent;

function verdict(hours: Partial<QuietHours>, at: string, more: More = {}) {
  const { device = {}, content = text, receivedAt = at, push, call = null } = more;
  const preferences = {
    quietHours: {
      start: '22:00',
      end: '07:00',
      timezone: null,
      days: null,
      allowCalls: false,
      allowMentions: false,
      ...hours,
    },
  } as Preferences;
  const message = {
    body: push === undefined ? { kind: 'message' } : { kind: 'push', push },
    content: push === undefined ? content : null,
    call,
    receivedAtMs: Date.parse(receivedAt),
  } as MessageFacts;
  const wallMs = Date.parse(at);
  const rule = createDeviceRule((app) => (app === 'berlin' ? 'Europe/Berlin' : 'UTC'));
  const phone = { uid: 'bob', app: 'default', timezone: null, ...device } as Device;
  return rule(message, preferences, phone, { wallMs, certainMs: wallMs });
}

interface More {
  readonly device?: Partial<Device>;
  readonly content?: MessageContent;
  readonly receivedAt?: string;
  readonly push?: { readonly respectPreferences?: boolean };
  readonly call?: object;
}

const quiet = 'quiet_hours';

describe('quiet hours', () => {
  it.each([
    ['21:59:59', 'send'],
    ['22:00:00', quiet],
    ['23:59:59', quiet],
    ['00:00:00', quiet],
    ['06:59:59', quiet],
    ['07:00:00', 'send'],
  ])('over midnight: at %s', (time, expected) => {
    expect(verdict({}, `2026-06-10T${time}Z`)).toBe(expected);
  });

  it.each([
    ['12:59', 'send'],
    ['13:00', quiet],
    ['14:29', quiet],
    ['14:30', 'send'],
    ['00:00', 'send'],
  ])('within a day: at %s', (time, expected) => {
    expect(verdict({ start: '13:00', end: '14:30' }, `2026-06-10T${time}:00Z`)).toBe(expected);
  });

  it.each([
    ['22:00', '00:00', '23:59', quiet],
    ['22:00', '00:00', '00:00', 'send'],
    ['00:00', '06:00', '00:00', quiet],
  ])('from %s to %s: at %s', (start, end, time, expected) => {
    expect(verdict({ start, end }, `2026-06-10T${time}:00Z`)).toBe(expected);
  });

  it.each([
    ['Friday evening', '2026-06-12T23:00:00Z', quiet],
    ['Saturday morning, which began on Friday', '2026-06-13T06:00:00Z', quiet],
    ['Saturday evening', '2026-06-13T23:00:00Z', 'send'],
    ['Sunday evening', '2026-06-14T23:00:00Z', quiet],
    ['Monday morning, which began on Sunday', '2026-06-15T06:00:00Z', quiet],
    ['Monday evening', '2026-06-15T23:00:00Z', 'send'],
    ['Friday morning, which began on Thursday', '2026-06-12T06:00:00Z', 'send'],
  ])('on Fridays and Sundays: %s', (_, at, expected) => {
    expect(verdict({ days: [5, 7] }, at)).toBe(expected);
  });

  it('within a day, on Mondays', () => {
    const hours = { start: '09:00', end: '17:00', days: [1] };
    expect(verdict(hours, '2026-06-15T12:00:00Z')).toBe(quiet);
    expect(verdict(hours, '2026-06-16T12:00:00Z')).toBe('send');
  });

  it('by the clock of the device, else of the user, else of the app', () => {
    // 23:00 in Shanghai, 17:00 in Berlin, 15:00 UTC, 11:00 in New York.
    const at = '2026-06-10T15:00:00Z';
    const zones = { timezone: 'America/New_York' };
    expect(verdict(zones, at, { device: { timezone: 'Asia/Shanghai' } })).toBe(quiet);
    expect(verdict({ timezone: 'Asia/Shanghai' }, at)).toBe(quiet);
    expect(verdict({ timezone: 'Asia/Shanghai' }, at, { device: { timezone: 'Europe/Berlin' } })).toBe(
      'send',
    );
    expect(verdict({}, at, { device: { app: 'berlin' } })).toBe('send');
    expect(verdict({}, '2026-06-10T20:00:00Z', { device: { app: 'berlin' } })).toBe(quiet);
    expect(verdict({}, '2026-06-10T20:00:00Z')).toBe('send');
    // A zone that this machine does not know is none.
    expect(verdict({ timezone: 'Asia/Shanghai' }, at, { device: { timezone: 'Mars/Base' } })).toBe(quiet);
  });

  it.each([
    // Berlin goes from 02:00 to 03:00 at 01:00 UTC on 29 March 2026.
    ['22:00', '07:00', '2026-03-29T04:59:59Z', quiet],
    ['22:00', '07:00', '2026-03-29T05:00:00Z', 'send'],
    ['22:00', '07:00', '2026-03-28T21:00:00Z', quiet],
    ['22:00', '07:00', '2026-03-29T20:00:00Z', quiet],
    // What begins or ends in the hour that is left out does so at 03:00.
    ['02:30', '04:00', '2026-03-29T00:59:59Z', 'send'],
    ['02:30', '04:00', '2026-03-29T01:00:00Z', quiet],
    ['01:00', '02:30', '2026-03-29T00:59:59Z', quiet],
    ['01:00', '02:30', '2026-03-29T01:00:00Z', 'send'],
    // It goes back from 03:00 to 02:00 at 01:00 UTC on 25 October 2026: half past two comes twice.
    ['02:15', '02:45', '2026-10-25T00:30:00Z', quiet],
    ['02:15', '02:45', '2026-10-25T00:50:00Z', 'send'],
    ['02:15', '02:45', '2026-10-25T01:30:00Z', quiet],
    ['22:00', '07:00', '2026-10-25T05:59:59Z', quiet],
    ['22:00', '07:00', '2026-10-25T06:00:00Z', 'send'],
  ])('follow daylight saving: %s to %s, at %s', (start, end, at, expected) => {
    expect(verdict({ start, end, timezone: 'Europe/Berlin' }, at)).toBe(expected);
  });

  it('know zones of half an hour', () => {
    const kathmandu = { start: '12:00', end: '12:01', timezone: 'Asia/Kathmandu' };
    expect(verdict(kathmandu, '2026-06-10T06:15:30Z')).toBe(quiet);
    expect(verdict(kathmandu, '2026-06-10T06:16:00Z')).toBe('send');
  });

  it('are obeyed on a later attempt, and by what came in them', () => {
    const later = { receivedAt: '2026-06-10T21:59:00Z' };
    expect(verdict({}, '2026-06-10T22:01:00Z', later)).toBe(quiet);
    expect(verdict({}, '2026-06-10T07:01:00Z', { receivedAt: '2026-06-10T06:59:00Z' })).toBe(quiet);
  });

  it('let calls and mentions pass as the user wants', () => {
    const at = '2026-06-10T23:00:00Z';
    const call = { action: 'invite' };
    const toMe = { ...text, mention: { all: false, uids: new Set(['bob']) } };
    const toAll = { ...text, mention: { all: true, uids: null } };
    for (const content of [toMe, toAll]) expect(verdict({}, at, { content })).toBe(quiet);
    expect(verdict({}, at, { call })).toBe(quiet);
    for (const content of [toMe, toAll]) {
      expect(verdict({ allowMentions: true }, at, { content })).toBe('send');
      expect(verdict({ allowCalls: true }, at, { content })).toBe(quiet);
    }
    expect(verdict({ allowCalls: true }, at, { call })).toBe('send');
    expect(verdict({ allowMentions: true }, at, { call })).toBe(quiet);
  });

  it('hold back a push of the app server’s own only where it asks for that', () => {
    const at = '2026-06-10T23:00:00Z';
    expect(verdict({}, at, { push: {} })).toBe('send');
    expect(verdict({}, at, { push: { respectPreferences: true } })).toBe(quiet);
  });
});

describe('clocks of the world', () => {
  it('agree with themselves for each zone, over a year', () => {
    const clock = new ZoneClock();
    const start = Date.UTC(2026, 0, 1);
    for (const zone of ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kolkata']) {
      const parts = { hour: 'numeric', minute: 'numeric', weekday: 'long', hourCycle: 'h23' } as const;
      const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, ...parts });
      for (let at = start; at < start + 366 * 86_400_000; at += 7 * 3_600_000 + 13 * 60_000) {
        const { weekday, hour, minute } = Object.fromEntries(
          format.formatToParts(at).map(({ type, value }) => [type, value]),
        );
        const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
        const expected = days.indexOf(weekday ?? '') * 1_440 + Number(hour) * 60 + Number(minute);
        expect(clock.minuteOfWeek(zone, at)).toBe(expected);
      }
    }
  });

  it('know no zone that does not exist, and stay bounded', () => {
    const clock = new ZoneClock();
    for (let number = 0; number < 2_000; number += 1)
      expect(clock.minuteOfWeek(`Nowhere/N${String(number)}`, 0)).toBeNull();
    // 1 January 1970 was a Thursday.
    expect(clock.minuteOfWeek('UTC', 0)).toBe(3 * 1_440);
  });
});
