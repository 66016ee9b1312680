import { didYouMean } from './did-you-mean';
import type { KeyEntry } from './key-table';
import { lookalikeHint } from './leaves/written-text';

/** More places than this are no hint. */
const maxPlaces = 3;

/** What the operator probably meant by a key that there is not at this place. */
export function unknownKeyHint(name: string, known: readonly string[], keys: readonly KeyEntry[]): string {
  const lookalike = lookalikeHint(name);
  if (lookalike !== '') return lookalike.slice(2);
  const variable = keys.find(({ env }) => env !== undefined && (env === name || `${env}_FILE` === name));
  if (variable !== undefined) {
    const place = placeOf(variable.path) + (variable.env === name ? '' : '_file');
    return `this is an environment variable; in the file, the key is ${place}`;
  }
  const meant = didYouMean(name, known);
  const places = meant !== null && isVariant(name, meant) ? [] : placesOf(name, keys);
  if (places.length > 0) return `did you mean ${places.join(' or ')}?`;
  return meant === null ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`;
}

/** Where else there is a key or a section of exactly this name. */
function placesOf(name: string, keys: readonly KeyEntry[]): readonly string[] {
  const places = keys.flatMap(({ path, secret }) => {
    const at = path.indexOf(name);
    if (at >= 0) return [placeOf(path.slice(0, at + 1))];
    return secret === true && `${path.at(-1) ?? ''}_file` === name ? [`${placeOf(path)}_file`] : [];
  });
  const distinct = [...new Set(places)];
  return distinct.length <= maxPlaces ? distinct : [];
}

/** `apps.NAME.apns.key`, `webhook.forward[].url`, `data_dir (not in a section)`. */
function placeOf(path: readonly string[]): string {
  const place = path.join('.').replaceAll('.[]', '[]');
  return path.length === 1 ? `${place} (not in a section)` : place;
}

/** `key` and `keys`, `maxAge` and `max_age`. */
function isVariant(name: string, meant: string): boolean {
  const [a = '', b = ''] = [name, meant].map((each) => each.toLowerCase().replaceAll(/[_-]/g, ''));
  return a.startsWith(b) || b.startsWith(a);
}

/** `port:8080` or `port：8080` is one text for YAML. Names only a key that there is: the rest may be secret. */
export function gluedPairHint(text: string, namesHere: readonly string[]): string {
  const [, name = '', separator = ''] = /^([\w-]{1,60})\s*([:：=])/.exec(text.trim()) ?? [];
  if (!namesHere.includes(name)) return '';
  if (separator === ':') return `; a space is missing after "${name}:"`;
  return `; write "${name}: " with a colon and a space`;
}
