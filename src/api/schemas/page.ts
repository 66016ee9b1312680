import { z } from 'zod';
import type { Problem } from '../problem';
import { cursorMessage, cursorPattern, readCursor, writeCursor } from '../request/cursor';
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

/** A page of a list that is there as a whole, in the order of the positions, none of which comes twice. */
export function pageIn<Item>(
  list: string,
  all: readonly Item[],
  positionOf: (item: Item) => string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): { readonly items: readonly Item[]; readonly nextCursor: string | null } | Problem {
  const start = readCursor(list, cursor);
  if ('kind' in start) return start;
  const rest = all
    .map((item) => ({ item, position: positionOf(item) }))
    .filter(({ position }) => start.position === null || position > start.position)
    .sort((one, other) => (one.position < other.position ? -1 : 1));
  const page = rest.slice(0, limit);
  const last = rest.length === page.length ? undefined : page.at(-1);
  return {
    items: page.map(({ item }) => item),
    nextCursor: last === undefined ? null : writeCursor(list, last.position),
  };
}
