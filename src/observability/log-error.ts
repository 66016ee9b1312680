import { redactText } from './log-redaction';

export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

const MAX_DEPTH = 5;
const MAX_ERRORS = 10;

/** An error with its causes, as the log keeps it. What is no error is left as it is. */
export function toLoggedError(value: unknown, depth = 0): unknown {
  if (!(value instanceof Error)) return typeof value === 'string' ? redactText(value) : value;
  const code =
    'code' in value && (typeof value.code === 'string' || typeof value.code === 'number')
      ? String(value.code)
      : null;
  const isDeepest = depth >= MAX_DEPTH;
  const logged: LoggedError = {
    type: value.name,
    message: redactText(value.message),
    ...(code === null ? {} : { code }),
    ...(value.stack === undefined ? {} : { stack: redactText(value.stack) }),
    ...(value.cause === undefined || isDeepest ? {} : { cause: toLoggedError(value.cause, depth + 1) }),
    ...(value instanceof AggregateError && !isDeepest
      ? { errors: value.errors.slice(0, MAX_ERRORS).map((error: unknown) => toLoggedError(error, depth + 1)) }
      : {}),
  };
  return logged;
}
