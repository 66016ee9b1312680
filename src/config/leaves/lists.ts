import { z } from 'zod';
import { isBlank } from './written-text';

/**
 * A list, or a text that separates its items by commas or line ends. One that is set holds at least one item: a list that
 * was meant to hold something and holds nothing must not count as "not set".
 */
export function list<T>(item: z.ZodType<T>) {
  return z.preprocess(
    (value) => (typeof value === 'string' || typeof value === 'number' ? splitList(String(value)) : value),
    z.array(item, { error: 'a list, or a text with commas between the items' }).min(1, {
      error:
        'at least one item, and this holds none (only separators or blanks, or variables that are not set); leave the key out to set nothing',
    }),
  );
}

export function splitList(value: string): string[] {
  return value
    .split(/[,\n\r]/)
    .map((item) => item.replace(/^\uFEFF/, '').trim())
    .filter((item) => !isBlank(item));
}
