/*
 * Open this file first: it is the one way to make a kind of value that a key can hold. `texts.ts`, `numbers.ts`, `choices.ts`,
 * `lists.ts`, `urls.ts` and `secrets.ts` are the kinds. `written-text.ts` recognizes a text that cannot be what the operator
 * meant.
 */

import { z } from 'zod';

/**
 * The kinds of values that a key can hold. Every value arrives as the text that the operator wrote, in YAML as in the
 * environment: nothing turns `0123` into another number or `no` into false on the way. An issue carries the whole message.
 */

/** What a reader finds wrong. With `saysWhatItGot`, the text names the value itself, and it is not shown again. */
export class Fault {
  constructor(
    readonly expected: string,
    readonly saysWhatItGot = false,
  ) {}
}

/** A value of one kind: `read` yields the value, or a {@link Fault}. */
export function leaf<T>(read: (value: unknown) => T | Fault) {
  return z.unknown().transform((value, context): T => {
    const result = read(value);
    if (!(result instanceof Fault)) return result;
    const { expected, saysWhatItGot } = result;
    context.addIssue({ code: 'custom', message: expected, params: { saysWhatItGot } });
    return z.NEVER;
  });
}

/** The value as a text without blanks around it; null when it is none. Numbers and flags come from defaults and tests. */
export function asText(value: unknown): string | null {
  if (typeof value === 'string') return value.trim();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}
