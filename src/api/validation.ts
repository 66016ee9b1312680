import type { z } from 'zod';
import { problem, type FieldError, type Problem } from './problem';

const maxErrors = 50;
const maxPathLength = 200;
const maxMessageLength = 300;

type Issue = z.core.$ZodIssue;

/** What zod found, as the field errors of an answer: bounded, and never with the caller's values. */
export function toFieldErrors(issues: readonly Issue[]): FieldError[] {
  const errors: FieldError[] = [];
  for (const issue of issues) {
    if (errors.length >= maxErrors) break;
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys.slice(0, maxErrors - errors.length)) {
        errors.push(fieldError([...issue.path, key], 'unknown field'));
      }
    } else if (issue.code === 'invalid_key') {
      for (const inner of issue.issues) errors.push(fieldError(issue.path, inner.message));
    } else {
      errors.push(fieldError(issue.path, issue.message));
    }
  }
  return errors.slice(0, maxErrors);
}

export function invalidRequest(errors: readonly FieldError[]): Problem {
  const [first] = errors;
  const detail =
    first === undefined ? 'The request is not valid.' : `${first.path || 'body'}: ${first.message}`;
  return problem('invalid_request', detail, { errors });
}

function fieldError(path: readonly PropertyKey[], message: string): FieldError {
  return { path: dotted(path).slice(0, maxPathLength), message: message.slice(0, maxMessageLength) };
}

function dotted(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text;
}
