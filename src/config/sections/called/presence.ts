import { z } from 'zod';
import { choice } from '../../leaves/choices';
import { integer } from '../../leaves/numbers';
import { list } from '../../leaves/lists';

export interface PresenceConfig {
  /** Who gets no push: mobile: who has the app open on a phone. any: who is connected with anything. Users may choose otherwise. */
  readonly skipOnline: 'off' | 'mobile' | 'any';
  /** WuKongIM's device flags of phones. */
  readonly mobileFlags: readonly number[];
}

export const presenceSchema = z.strictObject({
  skip_online: choice('off', 'mobile', 'any').default('off'),
  mobile_flags: list(integer({ max: 255 })).default([0]),
});

export function toPresenceConfig(section: z.output<typeof presenceSchema>): PresenceConfig {
  return { skipOnline: section.skip_online, mobileFlags: section.mobile_flags };
}
