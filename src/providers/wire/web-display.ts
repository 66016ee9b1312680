import { createHash } from 'node:crypto';
import type { Notification } from '../../domain/notification';
import type { Texts } from './text';

/** Four weeks: Google keeps a message no longer, and other push services a month. */
const maximumTtlSeconds = 2_419_200;

/** Whole seconds from now; 0 = now or never. */
export function ttlSeconds({ expiresAtMs }: Notification, nowMs: number): number {
  if (expiresAtMs === null) return 0;
  return Math.min(maximumTtlSeconds, Math.max(0, Math.ceil((expiresAtMs - nowMs) / 1000)));
}

/** https://www.rfc-editor.org/rfc/rfc8030#section-5.3 */
export function urgencyOf({ priority, kind }: Notification): 'high' | 'normal' {
  return priority === 'high' && kind !== 'background' ? 'high' : 'normal';
}

/**
 * A later message replaces an undelivered one of the same topic: 32 characters of base64url at most (RFC 8030 §5.4). Apple refuses
 * some shorter ones.
 */
export function topicOf(collapseId: string): string {
  return createHash('sha256').update(collapseId).digest('base64url').slice(0, 32);
}

/** A browser has no subtitle. */
export function browserTexts({ title, subtitle, body }: Notification): Texts {
  return { title, body: subtitle === null || body === null ? (body ?? subtitle) : `${subtitle}: ${body}` };
}
