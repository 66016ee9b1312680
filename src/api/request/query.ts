import { problem, type Problem } from '../problem';

export type RawQuery = Readonly<Record<string, string>>;

export interface Query {
  readonly kind: 'query';
  readonly values: RawQuery;
}

/**
 * The query of a request target, each name once. Names given twice and bad percent-encoding are the caller's mistake:
 * guessing which one was meant could delete the wrong thing.
 */
export function readQuery(target: string): Query | Problem {
  const at = target.indexOf('?');
  const values = Object.create(null) as Record<string, string>;
  if (at < 0) return { kind: 'query', values };
  for (const part of target.slice(at + 1).split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    const value = decode(equals < 0 ? '' : part.slice(equals + 1));
    if (name === null || value === null) {
      return problem('malformed_path', 'The query is not percent-encoded UTF-8.');
    }
    if (name in values) {
      const errors = [{ path: name.slice(0, 100), message: 'must be given once' }];
      return problem('invalid_request', 'The query has the same parameter more than once.', { errors });
    }
    values[name] = value;
  }
  return { kind: 'query', values };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
