import { shortText } from '../domain/short-text';
import { redactText } from './log-redaction';

export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

const maxDepth = 5;
const maxErrors = 10;

/** Long enough for the words of any server or provider; what is longer is no message any more. */
const longestMessage = 1_000;
const longestStack = 8_000;
/** The store is away: no fault of the code, so that its place there tells nothing. By name: the store has it, not this room. */
const withoutStack: ReadonlySet<string> = new Set(['StoreUnavailableError']);

/**
 * Whether a line only says that the store is away. The store itself says that, once an outage; everybody who meets it would say
 * it again.
 */
export function saysStoreAway(fields: object): boolean {
  const error = 'err' in fields ? fields.err : 'error' in fields ? fields.error : null;
  return error instanceof Error && error.name === 'StoreUnavailableError';
}

/** An error with its causes, as the log keeps it. What is no error is left as it is. */
export function toLoggedError(value: unknown, depth = 0, withStack = true): unknown {
  if (!(value instanceof Error)) return typeof value === 'string' ? redactText(value) : value;
  const code =
    'code' in value && (typeof value.code === 'string' || typeof value.code === 'number')
      ? String(value.code)
      : null;
  const hasStack = withStack && !withoutStack.has(value.name);
  const isDeepest = depth >= maxDepth;
  const logged: LoggedError = {
    type: value.name,
    message: shortText(redactText(value.message), longestMessage),
    ...(code === null ? {} : { code }),
    ...(value.stack === undefined || !hasStack
      ? {}
      : { stack: redactText(value.stack.slice(0, longestStack)) }),
    ...(value.cause === undefined || isDeepest
      ? {}
      : { cause: toLoggedError(value.cause, depth + 1, hasStack) }),
    ...(value instanceof AggregateError && !isDeepest
      ? {
          errors: value.errors
            .slice(0, maxErrors)
            .map((error: unknown) => toLoggedError(error, depth + 1, hasStack)),
        }
      : {}),
  };
  return logged;
}
