import { z } from 'zod';
import { templateFlaw, type CustomType } from '../../content/custom-type';
import type { TextOverrides } from '../../content/catalogues';
import { choice, flag } from '../leaves/choices';
import { asText, Fault, leaf } from '../leaves/leaf';
import { integer } from '../leaves/numbers';
import { isTree } from '../read/input';
import { list } from '../leaves/lists';
import {
  checkedText,
  directory,
  isHostName,
  isPublicSuffix,
  languageTag,
  languageTagPattern,
  text,
  timeZone,
} from '../leaves/texts';
import { isBlank } from '../leaves/written-text';

export interface ContentConfig {
  /** What a notification shows where neither the device nor the user says. */
  readonly preview: 'full' | 'sender' | 'none';
  /** What replaces what on a phone. */
  readonly collapse: 'message' | 'conversation';
  /** BCP 47 language of a device that named none. */
  readonly defaultLocale: string;
  /** IANA name. Where neither the device nor the user says. */
  readonly defaultTimezone: string;
  /** By number. */
  readonly types: Readonly<Record<string, CustomType>>;
  readonly unknown: 'neutral' | 'drop';
  readonly callTypes: readonly number[];
  readonly callCommands: readonly string[];
  /** Senders whose system messages are believed. */
  readonly systemUids: readonly string[];
  /** Whether the payload's `from_name`, which the sender's app writes, names a sender whom nobody else names. */
  readonly trustPayloadNames: boolean;
  /** Hosts (`host`, `host:port`, `*.host`) whose images in payloads phones may load. */
  readonly imageHosts: readonly string[];
  /** Phones are told to remove what was read elsewhere. */
  readonly clearOnRead: boolean;
  /** Fields of payloads that apps get. */
  readonly dataFields: readonly string[];
  /** Apps get what only they can decrypt. */
  readonly passCiphertext: boolean;
  /** What the files of `locales_dir` say. */
  readonly texts: TextOverrides;
}

const typeSchema = z.strictObject({
  text: leaf(readTemplates).nullable().default(null),
  push: flag().default(true),
  priority: choice('high', 'normal').default('high'),
  android_channel_id: text('an Android channel id', /^\S{1,256}$/)
    .nullable()
    .default(null),
});

const fieldPattern = /^\w[\w$-]{0,63}(\.\w[\w$-]{0,63}){0,7}$/;

export const contentSchema = z.strictObject({
  preview: choice('full', 'sender', 'none').default('full'),
  collapse: choice('message', 'conversation').default('message'),
  default_locale: languageTag().default('en'),
  default_timezone: timeZone().default('UTC'),
  locales_dir: directory().nullable().default(null),
  unknown: choice('neutral', 'drop').default('neutral'),
  call_types: list(integer({ max: 999_999_999 })).default([]),
  call_commands: list(text('a command, as `cmd` has it', /^[A-Za-z0-9][\w.:/-]{0,127}$/)).default([
    'room.invoke',
    'rtc.p2p.invoke',
  ]),
  system_uids: list(
    text(
      'a uid that begins with a letter, a digit or _, such as ____system',
      /^[\p{L}\p{N}_][^\p{C}]{0,255}$/u,
    ),
  ).default(['____system']),
  trust_payload_names: flag().default(false),
  image_hosts: list(imageHost()).default([]),
  clear_on_read: flag().default(false),
  data_fields: list(text('a field of the payload, like order.id', fieldPattern)).default([]),
  pass_ciphertext: flag().default(false),
  types: z
    .record(z.string().regex(/^(0|[1-9]\d{0,8})$/), typeSchema, {
      error: ({ code }) => (code === 'invalid_key' ? 'a message type, which is a whole number' : undefined),
    })
    .prefault({}),
});

function imageHost() {
  const expected = 'a host name, or *.name for those below it, without scheme and path';
  return checkedText(expected, (value) => {
    const [, name = '', port = ''] = /^(?:\*\.)?([^:]+)(:\d{1,5})?$/.exec(value) ?? [];
    if (!isHostName(name) || !URL.canParse(`https://${name}${port}`)) return null;
    const isWildcard = value.startsWith('*.');
    if (isWildcard && isPublicSuffix(name))
      return new Fault(`${expected}; anyone can have a host below ${name}`);
    return `${isWildcard ? '*.' : ''}${new URL(`https://${name}${port}`).host}`;
  });
}

/** One text for all languages, or a text for each language. */
function readTemplates(value: unknown): Record<string, string> | Fault {
  const only = asText(value);
  const templates = only === null ? value : { en: only };
  if (!isTree(templates) || Object.keys(templates).length === 0)
    return new Fault('a text, or a mapping of languages to texts, like {en: "Red packet: {greeting}"}');
  const read: Record<string, string> = {};
  for (const [language, written] of Object.entries(templates)) {
    const template = asText(written);
    if (!languageTagPattern.test(language))
      return new Fault('language tags like en or zh-CN, each with a text');
    const flaw = template === null || isBlank(template) ? 'a text for each language' : templateFlaw(template);
    if (template === null || flaw !== null) return new Fault(`${flaw ?? ''} (${language})`);
    read[language] = template;
  }
  return read;
}

export function toContentConfig(
  section: z.output<typeof contentSchema>,
  texts: TextOverrides,
): ContentConfig {
  const types = Object.entries(section.types).map(([type, one]) => {
    const { text, push, priority, android_channel_id: androidChannelId } = one;
    return [type, { text, isPushed: push, priority, androidChannelId }] as const;
  });
  return {
    preview: section.preview,
    collapse: section.collapse,
    defaultLocale: section.default_locale,
    defaultTimezone: section.default_timezone,
    types: Object.fromEntries(types),
    unknown: section.unknown,
    callTypes: section.call_types,
    callCommands: section.call_commands,
    systemUids: section.system_uids,
    trustPayloadNames: section.trust_payload_names,
    imageHosts: section.image_hosts,
    clearOnRead: section.clear_on_read,
    dataFields: section.data_fields,
    passCiphertext: section.pass_ciphertext,
    texts,
  };
}
