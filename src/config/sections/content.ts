import { z } from 'zod';
import { choice } from '../leaves/choices';
import { text } from '../leaves/texts';

export interface ContentConfig {
  /** What a notification shows where neither the device nor the user says. */
  readonly preview: 'full' | 'sender' | 'none';
  /** BCP 47 language of a device that named none. */
  readonly defaultLocale: string;
}

export const contentSchema = z.strictObject({
  preview: choice('full', 'sender', 'none').default('full'),
  default_locale: text('a language tag like en or zh-CN', /^[a-z]{2,3}([-_][a-z0-9]{2,8})*$/i).default('en'),
});

export function toContentConfig(section: z.output<typeof contentSchema>): ContentConfig {
  return { preview: section.preview, defaultLocale: section.default_locale };
}
