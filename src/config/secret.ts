import { inspect } from 'node:util';

const mask = '********';

/**
 * A value that must not be seen: logging, printing, serialising or inspecting it shows a mask. `reveal()` is the only
 * way to the value, so that every use can be found by its name.
 */
export class Secret {
  readonly #value: string;
  readonly #shown: string;

  constructor(value: string, shown: string = mask) {
    this.#value = value;
    this.#shown = shown;
  }

  /** A URL whose host alone is shown: `redis://********@host:6379`. */
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

/**
 * `redis://********@host:6379/2`: where a URL goes. Its user, password, query and path are masked (a Redis database is none of
 * them); all of it where it cannot be read as a URL.
 */
export function maskUrl(value: string): string {
  const [, scheme, credentials, host, path = ''] =
    /^([a-z][a-z0-9+.-]*:\/\/)(?:([^/?#]*)@)?([^/?#@]*)(\/[^?#]*)?(?:[?#].*)?$/is.exec(value) ?? [];
  // An unencoded / ? # in a password ends the authority early: then nothing after the scheme can be trusted.
  if (
    scheme === undefined ||
    host === undefined ||
    value.lastIndexOf('@') > scheme.length + (credentials?.length ?? -1)
  )
    return scheme === undefined ? mask : scheme + mask;
  const shownPath = /^(?:\/\d{0,6})?$/.test(path) ? path : '/…';
  return `${scheme}${credentials === undefined ? '' : `${mask}@`}${host}${shownPath}`;
}
