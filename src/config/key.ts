import { z } from 'zod';

export interface KeyFacts {
  /** The environment variable that sets the key (for `apps.*`: of the app named `default`). */
  readonly env?: string;
  /** Never printed; has `_file` and `_FILE` twins. */
  readonly secret?: boolean;
  /** A file of the `_file` twin holds bytes, which become base64. */
  readonly binary?: boolean;
  /** Blanks around the value belong to it. */
  readonly verbatim?: boolean;
}

/** What the loader and the documentation's test know of a key beyond its schema. */
export const keyFacts = z.registry<KeyFacts>();

export function key<T extends z.ZodType>(schema: T, facts: KeyFacts): T {
  keyFacts.add(schema, facts);
  return schema;
}
