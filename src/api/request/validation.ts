import type { z } from 'zod';
import { misplaced, misspelt } from './issue-words';
import { problem, type FieldError, type Problem } from '../problem';

const maxErrors = 50;
const maxPathLength = 200;
const maxMessageLength = 300;

type Issue = z.core.$ZodIssue;

/** What zod found, as the field errors of an answer: bounded, and never with the caller's values. */
export function toFieldErrors(issues: readonly Issue[], max = maxErrors): FieldError[] {
  const errors = new Map<string, FieldError>();
  for (const issue of issues) {
    if (errors.size >= max) break;
    for (const error of toErrors(issue)) errors.set(`${error.path}\n${error.message}`, error);
  }
  return causesFirst([...errors.values()].slice(0, max));
}

/** What stands in the wrong place, or is misspelt, explains what seems to be missing. */
export function causesFirst(errors: readonly FieldError[]): FieldError[] {
  const isCause = ({ message }: FieldError): boolean =>
    message.startsWith(misplaced) || message.startsWith(misspelt);
  return [...errors.filter(isCause), ...errors.filter((error) => !isCause(error))];
}

function toErrors(issue: Issue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    const lines = issue.message.split('\n');
    return issue.keys
      .slice(0, maxErrors)
      .map((key, index) => fieldError([...issue.path, key], lines[index] ?? 'unknown field'));
  }
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => fieldError(issue.path, message));
  return [fieldError(issue.path, issue.message)];
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
