import type { LabelKey } from './catalogue';
import { cleanBody, cleanLine } from './clean-text';
import { asObject, asString, type JsonObject } from './json-fields';
import { richText } from './rich-text';

export const bodyMaxUnits = 1000;
export const nameMaxUnits = 60;

/**
 * What a message says, before any language: read and cleaned once, rendered for many.
 * - text: a person's own words.
 * - label: a word of the relay's catalogue, with a detail of the message (a file's name) where it has one.
 * - system: WuKongIM's or the app server's words, said by nobody; `{0}` … stand for `names`.
 */
export type Gist =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'label'; readonly label: LabelKey; readonly detail: string | null }
  | { readonly kind: 'system'; readonly text: string; readonly names: readonly (string | null)[] };

export const neutralGist: Gist = { kind: 'label', label: 'message', detail: null };

/** Types whose label says it all (ServerLib `common/msg.go`, WuKongIMAndroidSDK `WKMsgContentType`). */
const plainLabels: ReadonlyMap<number, LabelKey> = new Map([
  [2, 'image'],
  [3, 'gif'],
  [4, 'voice'],
  [5, 'video'],
  [6, 'location'],
  [11, 'forward'],
  [12, 'sticker'],
  [13, 'emoji'],
  [16, 'invite'],
]);

/** The gist of a payload of this type. An unknown type says nothing of itself: its fields may hold anything. */
export function readGist(type: number | null, payload: JsonObject): Gist {
  if (type === null) return neutralGist;
  if (type === 1) return textGist(payload['content'], 'message');
  const label = plainLabels.get(type);
  if (label !== undefined) return { kind: 'label', label, detail: null };
  if (type === 7) return detailGist('card', payload['name']);
  if (type === 8) return detailGist('file', payload['name']);
  if (type === 14) return textGist(richText(payload), 'richText');
  if (type >= 1000 && type <= 1022) return systemGist(payload, 'system');
  if (type >= 1200 && type <= 1202) return systemGist(payload, 'hotline');
  if (type === 2000) return systemGist(payload, 'tip');
  if (type === 9989) return detailGist('call', payload['content']);
  return neutralGist;
}

function textGist(value: unknown, otherwise: LabelKey): Gist {
  const text = typeof value === 'string' ? cleanBody(value, bodyMaxUnits) : null;
  return text === null ? { kind: 'label', label: otherwise, detail: null } : { kind: 'text', text };
}

function detailGist(label: LabelKey, value: unknown): Gist {
  const detail = asString(value);
  return { kind: 'label', label, detail: detail === null ? null : cleanLine(detail, nameMaxUnits * 2) };
}

function systemGist(payload: JsonObject, otherwise: LabelKey): Gist {
  const content = asString(payload['content']);
  const text = content === null ? null : cleanBody(content, bodyMaxUnits);
  if (text === null) return { kind: 'label', label: otherwise, detail: null };
  return { kind: 'system', text, names: text.includes('{') ? readNames(payload['extra']) : [] };
}

/** As many as a sentence can hold: a group of 500 that joined at once is not read out. */
const namesMax = 20;

function readNames(extra: unknown): readonly (string | null)[] {
  if (!Array.isArray(extra)) return [];
  return extra.slice(0, namesMax).map((person) => {
    const name = asString(asObject(person)?.['name']);
    return name === null ? null : cleanLine(name, nameMaxUnits);
  });
}
