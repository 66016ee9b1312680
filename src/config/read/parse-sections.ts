import type { z } from 'zod';
import { fcmPath } from './google-credentials';
import type { ConfigInput } from './input';
import { isTree, toKey } from './input';
import { noServerKeys } from '../credentials/kinds';
import { lookalikeHint, quotesHint } from '../leaves/written-text';
import type { KeyEntry } from '../key-table';
import { findKey, namesBelow } from '../key-table';
import type { ConfigProblem } from '../problem';
import { expectedMessage } from '../problem';
import { gluedPairHint, unknownKeyHint } from '../key-hints';
import { shownName, shownValue } from '../shown-value';
import type { Sections } from '../schema';
import { appNamePattern, sections } from '../schema';

interface ParseContext {
  readonly input: ConfigInput;
  readonly keys: readonly KeyEntry[];
}

/** Checks each section by itself, so that a fault in one hides none in another. A section with a fault is absent. */
export function parseSections(
  input: ConfigInput,
  keys: readonly KeyEntry[],
): { readonly sections: Partial<Sections>; readonly problems: ConfigProblem[] } {
  const parsed: Record<string, unknown> = {};
  const context = { input, keys };
  const problems = [...unknownSections(context), ...badAppNames(input)];
  for (const [name, schema] of Object.entries(sections) as [string, z.ZodType][]) {
    const result = schema.safeParse(input.get([name]));
    if (result.success) parsed[name] = result.data;
    else problems.push(...result.error.issues.flatMap((issue) => toProblems(issue, name, context)));
  }
  return { sections: parsed, problems };
}

function unknownSections(context: ParseContext): ConfigProblem[] {
  const known = Object.keys(sections);
  return Object.keys(context.input.tree)
    .filter((name) => !known.includes(name))
    .map((name) => unknownKey([name], known, context));
}

function badAppNames(input: ConfigInput): ConfigProblem[] {
  const apps = input.get(['apps']);
  if (!isTree(apps)) return [];
  return Object.keys(apps)
    .filter((name) => !appNamePattern.test(name))
    .map((name) => ({
      key: 'apps',
      source: input.sourceOf(['apps', name]),
      message: expectedMessage(
        'app names of 1 to 64 letters, digits, dots, dashes and underscores',
        JSON.stringify(shownName(name)),
      ),
    }));
}

function unknownKey(
  path: readonly string[],
  known: readonly string[],
  { input, keys }: ParseContext,
): ConfigProblem {
  const name = path.at(-1) ?? '';
  const isServerKey = path.at(-2) === fcmPath[2] && /^((legacy_)?(server|api)_?)?key$/i.test(name);
  const hint = isServerKey ? noServerKeys('service_account_file') : unknownKeyHint(name, known, keys);
  return {
    key: toKey([...path.slice(0, -1), shownName(name)]),
    source: input.sourceOf(path),
    message: `unknown key; ${hint}`,
  };
}

function toProblems(issue: z.core.$ZodIssue, section: string, context: ParseContext): ConfigProblem[] {
  const { input, keys } = context;
  const path = [section, ...issue.path];
  const names = path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => ({
      ...unknownKey([...names, name], namesBelow(keys, names), context),
      key: toKey([...path, shownName(name)]),
    }));
  }
  // Of a list of texts the list is the key; an item of a list of mappings has keys of its own.
  const itemAt = path.findIndex(
    (part, at) => typeof part === 'number' && findKey(keys, names.slice(0, at)) !== null,
  );
  const keyPath = itemAt < 0 ? names : names.slice(0, itemAt);
  const value = valueAt(input.get(keyPath), path.slice(keyPath.length));
  const expected = issue.code === 'invalid_type' ? expectedType(issue.expected) : issue.message;
  const isHidden = isSecret(keys, keyPath) || value === undefined;
  const got = saysWhatItGot(issue) ? null : gotOf(value, expected, isHidden);
  return [
    {
      key: toKey(path),
      source: value === undefined ? null : input.sourceOf(keyPath),
      message: `${expectedMessage(expected, got)}${hintOf(value, issue, namesBelow(keys, names))}`,
    },
  ];
}

/** A list of too few items says so. */
function saysWhatItGot(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'too_small' || (issue.code === 'custom' && issue.params?.['saysWhatItGot'] === true);
}

/** What kind of value it is, is no secret. Of a fault within a mapping, the kind of the whole says nothing. */
function gotOf(value: unknown, expected: string, isHidden: boolean): string | null {
  if (isTree(value)) return /mapping|\)$/.test(expected) ? null : shownValue(value);
  return isHidden && !Array.isArray(value) ? null : shownValue(value);
}

function hintOf(value: unknown, { code, message }: z.core.$ZodIssue, namesHere: readonly string[]): string {
  if (typeof value !== 'string') return '';
  if (code !== 'invalid_type') return quotesHint(value, message) || lookalikeHint(value);
  return gluedPairHint(value, namesHere) || `; known here: ${namesHere.join(', ')}`;
}

/** A secret, or a section that holds some: `redis: redis://:password@host` is an easy mistake. */
function isSecret(keys: readonly KeyEntry[], path: readonly string[]): boolean {
  const entry = findKey(keys, path);
  return entry === null ? true : entry.secret === true;
}

function expectedType(type: string): string {
  if (type === 'array') return 'a list';
  return type === 'object' || type === 'record' ? 'a mapping' : type;
}

/** The item that an issue points at; a list that stood in one text is not taken apart again. */
function valueAt(value: unknown, rest: readonly PropertyKey[]): unknown {
  const [index] = rest;
  return Array.isArray(value) && typeof index === 'number' ? value[index] : value;
}
