/*
 * Open this file first: it joins the tables of log lines, each a `log-event.ts`: `process-events.ts`, `intake-events.ts`,
 * `delivery-events.ts` and `service-events.ts`. A new kind of line gets an entry in one of them and a row in docs/logs.md.
 */

import { deliveryEvents } from './delivery-events';
import { intakeEvents } from './intake-events';
import type { LogEvent } from './log-event';
import { processEvents } from './process-events';
import { serviceEvents } from './service-events';

/** Every kind of log line by its name, which is the line's `event`. A name never changes its meaning: alerts and searches are built on it. */
export const logEvents = { ...processEvents, ...intakeEvents, ...deliveryEvents, ...serviceEvents };

export type LogEventName = keyof typeof logEvents;

export type LogLevelOf<Name extends LogEventName> = (typeof logEvents)[Name]['level'];

/** The names of lines of a level. */
export type LogEventOf<Level extends LogEvent['level']> = {
  [Name in LogEventName]: LogLevelOf<Name> extends Level ? Name : never;
}[LogEventName];

/** The fields of a line; all are optional, because a line leaves out what is unknown. */
export type LogFields<Name extends LogEventName> = {
  readonly [Field in (typeof logEvents)[Name]['fields'][number] | 'suppressed']?: unknown;
};

/** What a logger of that level takes: `event` and the fields of that event. */
export type LogLine<Level extends LogEvent['level']> = {
  [Name in LogEventOf<Level>]: { readonly event: Name } & LogFields<Name>;
}[LogEventOf<Level>];
