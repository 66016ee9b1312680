import type { JsonObject } from '../shared/json-object';
import { readCallResult } from './call-result';
import type { MessageKey } from './catalogue';
import { cleanBody, cleanLine } from './clean-text';
import type { CustomText } from './custom-type';
import { durationText } from './duration';
import { bodyMaxUnits, nameMaxUnits } from './gist-limits';
import { asInteger, asObject, asString, asText, asUid } from './json-fields';
import { recallType } from './fields/recall';
import { blockText, richText } from './rich-text';

/** Somebody whom a system message names; null is what the payload does not say. */
export interface Person {
  readonly uid: string | null;
  readonly name: string | null;
}

/**
 * What a message says, before any language: read and cleaned once, rendered for many.
 * - neutral: that there is a message.
 * - text: a person's own words.
 * - label: a word of the relay's catalogue, and what tells this one from others (a file's name, a length).
 * - forward: a part of a chat, of `names`.
 * - recalled: a message was taken back.
 * - system: WuKongIM's or the app server's words, said by nobody where the server sent them; `{0}` … stand for `people`.
 * - custom: the operator's words for a type of the app's own, with values from the payload.
 */
export type Gist =
  | { readonly kind: 'neutral' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'label'; readonly label: MessageKey; readonly details: readonly string[] }
  | { readonly kind: 'forward'; readonly names: readonly string[]; readonly isGroup: boolean }
  | { readonly kind: 'recalled' }
  | { readonly kind: 'system'; readonly text: string; readonly people: readonly Person[] }
  | { readonly kind: 'custom'; readonly text: CustomText; readonly values: ReadonlyMap<string, string> };

export const neutralGist: Gist = { kind: 'neutral' };
export const recalledGist: Gist = { kind: 'recalled' };

/** Words of the server's, said by nobody, which a person must not be able to put there. A recall is believed of anybody. */
export function isSystemType(type: number | null): boolean {
  return type !== null && type >= 1000 && type <= 1022 && type !== recallType;
}

/**
 * The gist of a payload of one of WuKongIM's types (ServerLib `common/msg.go`, WuKongIMAndroidSDK `WKMsgContentType`). Null for
 * any other type: its fields may hold anything.
 */
export function readGist(type: number | null, payload: JsonObject): Gist | null {
  if (type === null) return null;
  if (type >= 1000 && type <= 1022) return type === recallType ? recalledGist : systemGist(payload, 'system');
  if (type >= 1200 && type <= 1202) return systemGist(payload, 'hotline');
  return readers[type]?.(payload) ?? null;
}

const readers: Readonly<Record<number, (payload: JsonObject) => Gist>> = {
  1: ({ content }) => textGist(typeof content === 'number' ? content : blockText(content)),
  2: (payload) => labelGist('image', [captionOf(payload)]),
  3: () => labelGist('gif', []),
  4: ({ timeTrad }) => labelGist('voice', [durationText(timeTrad)]),
  5: (payload) => labelGist('video', [durationText(payload['second']), captionOf(payload)]),
  6: ({ title, name, address }) => labelGist('location', [lineOf(title) ?? lineOf(name) ?? lineOf(address)]),
  7: ({ name }) => labelGist('card', [lineOf(name)]),
  8: (payload) => labelGist('file', [lineOf(payload['name']), captionOf(payload)]),
  11: forwardGist,
  12: stickerGist,
  13: stickerGist,
  14: (payload) => textGist(richText(payload)),
  16: () => labelGist('invite', []),
  2000: (payload) => systemGist(payload, 'tip'),
  9989: (payload) => {
    const { label, length } = readCallResult(payload);
    return labelGist(label, [length]);
  },
};

function textGist(value: unknown): Gist {
  const text = bodyOf(value);
  return text === null ? neutralGist : { kind: 'text', text };
}

function labelGist(label: MessageKey, details: readonly (string | null)[]): Gist {
  // Some apps write a file's name as its caption, too.
  return { kind: 'label', label, details: [...new Set(details.filter((detail) => detail !== null))] };
}

function lineOf(value: unknown): string | null {
  const text = asText(value);
  return text === null ? null : cleanLine(text, nameMaxUnits * 2);
}

/** Some apps write `[Image]`, the address or all that there is to know where others write a caption. */
function captionOf(payload: JsonObject): string | null {
  const caption = bodyOf(payload['caption']) ?? bodyOf(payload['content']);
  if (caption === null || caption === payload['url'] || bracketed.test(caption)) return null;
  return notForReaders.test(caption) || path.test(caption) ? null : caption;
}

function bodyOf(value: unknown): string | null {
  const text = asText(value);
  return text === null ? null : cleanBody(text, bodyMaxUnits);
}

const bracketed = /^[[【]([^\]】]*)[\]】]$/u;
/** An address, or JSON. */
const notForReaders = /^(?:[a-z]+:\/\/\S+|data:\S+|\{.*\})$/isu;
/**
 * Where the file lies on the sender's phone, or on the server: from the root, of ASCII, or with an ending that pictures and films
 * have. `3/4.25` and `北京/来自www.example.com` are captions.
 */
const path =
  /^(?:(?:\/|[a-z]:[/\\])\S*\.\w{2,5}|[!-9;-~]*[/\\][!-~]*\.[a-z]\w{1,4}|[^\s:]*[/\\]\S*\.(?:gif|hei[cf]|jpe?g|mov|mp4|png|webp))$/i;

/** `[Smile]` is the word for a sticker in apps that cannot show it. Its `placeholder` is none: TangSengDaoDao's holds an SVG. */
function stickerGist(payload: JsonObject): Gist {
  const word = lineOf(payload['content']);
  const isWord = word !== null && !notForReaders.test(word);
  return labelGist('sticker', [isWord ? lineOf(word.replace(bracketed, '$1')) : null]);
}

function forwardGist(payload: JsonObject): Gist {
  const users = Array.isArray(payload['users']) ? (payload['users'] as readonly unknown[]) : [];
  const found = users.slice(0, 2).map((user) => personOf(user).name);
  const names = [...new Set(found.filter((name) => name !== null))];
  const isGroup = asInteger(payload['channel_type']) === 2;
  return { kind: 'forward', names: isGroup ? [] : names, isGroup };
}

function systemGist(payload: JsonObject, otherwise: MessageKey): Gist {
  const text = bodyOf(payload['content']);
  if (text === null) return labelGist(otherwise, []);
  return { kind: 'system', text, people: text.includes('{') ? readPeople(payload['extra']) : [] };
}

/** As many as a sentence can hold: a group of 500 that joined at once is not read out. */
const peopleMax = 20;

function readPeople(extra: unknown): readonly Person[] {
  return Array.isArray(extra) ? extra.slice(0, peopleMax).map(personOf) : [];
}

function personOf(value: unknown): Person {
  const person = asObject(value);
  const name = asString(person?.['name']);
  return { uid: asUid(person?.['uid']), name: name === null ? null : cleanLine(name, nameMaxUnits) };
}
