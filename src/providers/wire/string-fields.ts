import type { Notification } from '../../domain/notification';
import { ownFields } from './conversation';

/**
 * The app server's data and the relay's own fields, all of them strings, as FCM and the makers want them. `isGiven`: which of the
 * app server's keys the provider takes.
 */
export function stringFields(
  notification: Notification,
  isGiven: (key: string) => boolean = () => true,
): Record<string, string> {
  const own = ownFields(notification);
  const strings = own === null ? {} : toStrings(own);
  const given = Object.entries(notification.data).filter(([key]) => isGiven(key));
  return given.length === 0 ? strings : { ...Object.fromEntries(given), ...strings };
}

function toStrings(own: object): Record<string, string> {
  const strings: Record<string, string> = {};
  for (const [name, value] of Object.entries(own))
    strings[name] = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return strings;
}
