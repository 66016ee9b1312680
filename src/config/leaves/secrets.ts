import { z } from 'zod';
import type { CredentialResult } from '../credentials/credential-result';
import { Secret } from '../secret';
import { Fault, leaf } from './leaf';
import { flawOf, isNothing, isQuoted, unseenCharacter } from './written-text';

/** A secret text, taken exactly as it is written. What cannot be meant is refused on every host, and never shown. */
export function secretText(expected: string, pattern: RegExp) {
  return leaf((value): Secret | Fault => {
    const written = typeof value === 'number' ? String(value) : value;
    if (typeof written !== 'string') return new Fault(`${expected}: one text, in quotes`);
    const flaw = secretFlaw(written);
    if (flaw !== null) return new Fault(flaw);
    return pattern.test(written) ? new Secret(written) : new Fault(expected);
  });
}

function secretFlaw(written: string): string | null {
  const flaw = flawOf(written);
  if (flaw !== null) return flaw;
  if (isQuoted(written.trim()))
    return 'a value without quotes around it, because they would belong to the secret';
  if (isNothing(written)) return 'a secret, and this has neither a letter nor a digit';
  if (written.trimStart().startsWith('#')) return 'a secret, and this begins with #, as a comment does';
  if (written !== written.trim()) return 'a secret without blanks before or behind it';
  const character = unseenCharacter(written);
  return character === null ? null : `a secret of characters that one can see; this holds ${character}`;
}

/** The pass phrase of a key: every character counts, blanks included. */
export function passphrase() {
  return leaf((value): Secret | Fault => {
    if (typeof value !== 'string') return new Fault('a text, in quotes');
    const flaw = flawOf(value);
    if (flaw !== null) return new Fault(flaw);
    return value.includes('\0') ? new Fault('a text without NUL characters') : new Secret(value);
  });
}

/** A credential; its reader says what was expected, and never shows the content. */
export function credential<T>(read: (value: string) => CredentialResult<T>) {
  return leaf((value): T | Fault => {
    if (typeof value !== 'string') return new Fault('a text');
    const flaw = flawOf(value);
    if (flaw !== null) return new Fault(flaw);
    const result = read(value);
    return result.ok ? result.value : new Fault(result.expected);
  });
}

/** As {@link credential}, of JSON; YAML may hold it as a mapping. */
export function jsonCredential<T>(read: (json: string) => CredentialResult<T>) {
  return z.preprocess(
    (value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : value),
    credential(read),
  );
}
