import type { Notification } from '../../domain/notification';
import { withoutExtras } from '../wire/conversation';
import { stringFields } from '../wire/string-fields';
import { toJson } from '../wire/text';
import { cutCharacters, lengthOf } from './characters';
import { nothingToShow } from './template-values';

/** At most `limit` characters, and never blank. */
export function shownText(text: string | null, limit: number, measure = lengthOf): string {
  const cut = cutCharacters(text ?? '', limit, measure);
  return cut.trim() === '' ? nothingToShow : cut;
}

/**
 * The fields for the app, as far as their JSON fits. What only some apps use is left out where it would be too long; null: even
 * the rest does not fit.
 */
export function fieldsWithin(notification: Notification, maxBytes: number): Record<string, string> | null {
  for (const each of [notification, withoutExtras(notification)]) {
    const fields = each === null ? null : stringFields(each);
    if (fields !== null && Buffer.byteLength(toJson(fields)) <= maxBytes) return fields;
  }
  return null;
}
