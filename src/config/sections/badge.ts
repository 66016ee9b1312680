import { z } from 'zod';
import { choice, flag } from '../leaves/choices';

export interface BadgeConfig {
  /** off: no push has a badge. count: the relay counts what is unread. given: the app server says. */
  readonly mode: 'off' | 'count' | 'given';
  /** What a mute holds back counts, too. */
  readonly countMuted: boolean;
  /** A user whose app comes online has seen everything. */
  readonly resetOnOnline: boolean;
}

export const badgeSchema = z.strictObject({
  mode: choice('off', 'count', 'given').default('off'),
  count_muted: flag().default(false),
  reset_on_online: flag().default(false),
});

export function toBadgeConfig(section: z.output<typeof badgeSchema>): BadgeConfig {
  return {
    mode: section.mode,
    countMuted: section.count_muted,
    resetOnOnline: section.reset_on_online,
  };
}
