/** Why a body is not what its event must be. Carries no content: only where, and what was expected there. */
export interface DecodeFailure {
  readonly reason: 'empty' | 'encoding' | 'utf8' | 'json' | 'missing' | 'type' | 'range' | 'event';
  /** JSON path of the first offence, `$` for the whole body. */
  readonly path: string;
  readonly expected: string;
}

export interface Broken {
  readonly ok: false;
  readonly failure: DecodeFailure;
}

export type Decoded<T> = { readonly ok: true; readonly value: T } | Broken;

export function decoded<T>(value: T): Decoded<T> {
  return { ok: true, value };
}

export function broken(reason: DecodeFailure['reason'], path: string, expected: string): Broken {
  return { ok: false, failure: { reason, path, expected } };
}
