import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compile, type CatalogueTexts, type MessageKey } from '../../content/catalogue';
import { shippedTexts, type TextOverrides } from '../../content/catalogues';
import { isObject } from '../../shared/json-object';
import { didYouMean } from '../did-you-mean';
import { isBlank } from '../leaves/written-text';
import type { ReadFile } from './read-file';
import { fileFault, readText } from './read-file';

/** The texts of a directory of files like `fr.json`, or everything that is wrong with them, each fault led by its file. */
export function readLocales(
  directory: string,
  readFile: ReadFile,
): { readonly texts: TextOverrides; readonly faults: readonly string[] } {
  const texts: Record<string, Partial<CatalogueTexts>> = {};
  const faults: string[] = [];
  for (const name of listFiles(directory, faults)) {
    const locale = localeOf(name);
    if (locale === null) {
      faults.push(`${name}: expected files named by a language tag, like fr.json or pt-BR.json`);
      continue;
    }
    if (Object.hasOwn(texts, locale)) {
      faults.push(`${name}: expected one file for ${locale}, and this is another`);
      continue;
    }
    const file = readText(join(directory, name), { isBinary: false, mayBeEmpty: false }, readFile);
    const read = file.ok ? readTexts(locale, file.text) : { texts: {}, faults: [file.message] };
    texts[locale] = read.texts;
    faults.push(...read.faults.map((fault) => `${name}: ${fault}`));
  }
  return { texts, faults };
}

/** Hidden files are those of editors, and of Kubernetes' mounts. */
function listFiles(directory: string, faults: string[]): readonly string[] {
  try {
    const names = readdirSync(directory)
      .filter((name) => !name.startsWith('.'))
      .sort();
    if (names.length === 0) faults.push('expected at least one file like fr.json, and there is none');
    return names;
  } catch (error) {
    faults.push(`expected a directory that can be read; ${fileFault(error)}`);
    return [];
  }
}

function localeOf(name: string): string | null {
  const [, tag] = /^(.+)\.json$/.exec(name) ?? [];
  try {
    return tag === undefined ? null : (Intl.getCanonicalLocales(tag)[0] ?? null);
  } catch {
    return null;
  }
}

function readTexts(locale: string, json: string): { texts: Partial<CatalogueTexts>; faults: string[] } {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return { texts: {}, faults: [`not JSON: ${error instanceof Error ? error.message : 'unreadable'}`] };
  }
  if (!isObject(value))
    return {
      texts: {},
      faults: ['expected a JSON object of texts, as in the files that come with the relay'],
    };
  const texts: Partial<Record<MessageKey, string>> = {};
  const faults: string[] = Object.keys(value).length === 0 ? ['expected at least one text'] : [];
  for (const [key, text] of Object.entries(value)) {
    const fault = isMessageKey(key) ? faultOf(locale, key, text) : unknownKey(key);
    if (fault !== null) faults.push(fault);
    else texts[key as MessageKey] = text as string;
  }
  return { texts, faults };
}

const english = shippedTexts['en'] as CatalogueTexts;

function isMessageKey(key: string): key is MessageKey {
  return Object.hasOwn(english, key);
}

function unknownKey(key: string): string {
  const meant = didYouMean(key, Object.keys(english));
  const hint = meant === null ? `known: ${Object.keys(english).join(', ')}` : `did you mean ${meant}?`;
  return `unknown text ${JSON.stringify(key)}; ${hint}`;
}

/** A text that is formatted here is one that can be formatted for every message. */
function faultOf(locale: string, key: MessageKey, text: unknown): string | null {
  if (typeof text !== 'string' || isBlank(text)) return `${key}: expected a text`;
  const known = Object.keys(samples).filter((name) => english[key].includes(`{${name}`));
  try {
    compile(locale, text).format(Object.fromEntries(known.map((name) => [name, samples[name]])));
    return null;
  } catch (error) {
    const names = known.length === 0 ? 'without placeholders' : `with ${known.join(' and ')} between braces`;
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : 'unreadable';
    return `${key}: expected an ICU message ${names}; ${reason}`;
  }
}

const samples: Readonly<Record<string, string | number>> = { sender: 'A', text: 'A', names: 'A', count: 2 };
