const sane = /^[\x21-\x7e]{1,128}$/;

/** The caller's own `x-request-id` where it is harmless in a header and a log line, else a new one. */
export function requestIdOf(header: string | readonly string[] | undefined, makeId: () => string): string {
  return typeof header === 'string' && sane.test(header) ? header : makeId();
}
