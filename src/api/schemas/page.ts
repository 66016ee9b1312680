import { z } from 'zod';
import { cursorMessage, cursorPattern } from '../request/cursor';
import { integerText } from './identifiers';

export const cursorInput = z
  .string()
  .regex(cursorPattern, cursorMessage)
  .meta({ description: '`next_cursor` of an earlier page of the same list.' });

/** `?limit=100&cursor=`; without a cursor a list begins at its beginning. */
export function pageQuery(maxLimit: number) {
  return { limit: limitInput(maxLimit), cursor: cursorInput.optional() };
}

export function limitInput(maxLimit: number) {
  return integerText(1, maxLimit)
    .default(100)
    .meta({ description: `1 to ${maxLimit}. By default: 100.` });
}

export function pageOf(item: z.ZodType) {
  return z.strictObject({
    items: z.array(item),
    next_cursor: z.string().optional().meta({ description: 'Absent on the last page.' }),
  });
}

export function toPage(items: readonly object[], nextCursor: string | null): object {
  return { items, ...(nextCursor === null ? {} : { next_cursor: nextCursor }) };
}
