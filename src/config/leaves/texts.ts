import { isIP } from 'node:net';
import type { z } from 'zod';
import { normalizeCidr } from '../../shared/address-set';
import { readTimeZone } from '../../shared/time-zone';
import { asText, Fault, leaf } from './leaf';
import { flawOf, isBlank, isNothing, isQuoted, unexpandedHint } from './written-text';

/** A name or an id that others know: it holds a letter or a digit, and no quotes around it. */
export function text(expected: string, pattern: Pick<RegExp, 'test'>) {
  return checkedText(expected, (value) => {
    if (isQuoted(value)) return new Fault(`${expected}; leave out the quotes around it`);
    if (isNothing(value)) return new Fault(`${expected}; this one has neither a letter nor a digit`);
    return pattern.test(value) ? value : null;
  });
}

/**
 * `*.com` and `*.co.uk`: whoever registers a domain is below them. Registries have more of them than these usual ones. Names of a
 * private network are none.
 */
export function isPublicSuffix(name: string): boolean {
  if (/^(?:corp|home|internal|intranet|lan|local|localhost|private|test)\.?$/i.test(name)) return false;
  return /^(?:(?:com?|net|org|edu|gov|ac|or|ne|go)\.[a-z]{2}|[^.]+)\.?$/i.test(name);
}

export const languageTagPattern = /^[a-z]{2,3}([-_][a-z0-9]{2,8})*$/i;

export function languageTag() {
  return text('a language tag like en or zh-CN', languageTagPattern);
}

export function timeZone() {
  return checkedText('an IANA time zone like Asia/Shanghai, or an offset like GMT+08:00', readTimeZone);
}

/** A text of its own rules: `read` yields the value, null when it is none, or a fault that says it better. */
export function checkedText<T>(expected: string, read: (value: string) => T | Fault | null) {
  return leaf((value): T | Fault => {
    const written = asText(value);
    if (written === null) return new Fault(expected);
    const flaw = flawOf(written);
    if (flaw !== null)
      return new Fault(`${expected}; ${flaw.replace('a value, and ', '')}`, isBlank(written));
    return read(written) ?? new Fault(expected);
  });
}

export function directory() {
  return checkedText('a directory', (value) => {
    const hint = unexpandedHint(value);
    if (hint !== '') return new Fault(`a directory${hint}`);
    return value.includes('\0') ? null : value;
  });
}

const hostName =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

/** Digits and dots that are no IP address are a mistyped one, never a name. */
export function isHostName(value: string): boolean {
  return isIP(value) !== 0 || (hostName.test(value) && !/^[\d.]+$/.test(value));
}

export function host(): z.ZodType<string> {
  return checkedText('an IP address or a host name, without port or scheme', (value) => {
    const bare = value.replace(/^\[(.*)\]$/, '$1');
    return isHostName(bare) ? bare : null;
  });
}

export function cidr() {
  return checkedText('an IP address or a CIDR like 10.0.0.0/8', normalizeCidr);
}
