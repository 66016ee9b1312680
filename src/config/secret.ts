import { inspect } from 'node:util';

const MASK = '********';

/**
 * A value that must not be seen: logging, printing, serialising or inspecting it shows a mask. `reveal()` is the only
 * way to the value, so that every use can be found by its name.
 */
export class Secret {
  readonly #value: string;
  readonly #shown: string;

  constructor(value: string, shown: string = MASK) {
    this.#value = value;
    this.#shown = shown;
  }

  /** A URL whose password alone is secret: `redis://user:********@host:6379`. */
  static ofUrl(value: string): Secret {
    return new Secret(value, maskUrl(value));
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return this.#shown;
  }

  toJSON(): string {
    return this.#shown;
  }

  [inspect.custom](): string {
    return this.#shown;
  }
}

/** The URL without its password, its query and a user that comes alone; all of it is masked when it cannot be read as a URL. */
export function maskUrl(value: string): string {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*:\/\/)(.*)$/i.exec(value) ?? [];
  if (scheme === undefined || rest === undefined) return MASK;
  const authorityEnd = rest.search(/[/?#]/);
  const authority = authorityEnd < 0 ? rest : rest.slice(0, authorityEnd);
  const at = authority.lastIndexOf('@');
  // An unencoded / ? # in a password ends the authority early: then nothing after the scheme can be trusted.
  if (at < 0) return rest.includes('@') ? scheme + MASK : scheme + rest.replace(/[?#].*$/, '');
  const [name = '', ...password] = authority.slice(0, at).split(':');
  // A name without a password is the secret itself, as with access tokens.
  const user = password.join(':') === '' ? '' : name;
  const tail = authorityEnd < 0 ? '' : rest.slice(authorityEnd);
  const path = tail.replace(/[?#].*$/, '');
  return tail.includes('@') ? scheme + MASK : `${scheme}${user}:${MASK}@${authority.slice(at + 1)}${path}`;
}
