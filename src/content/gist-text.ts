import type { Catalogue } from './catalogue';
import { hasRightToLeft, isolate } from './direction';
import type { Gist, Person } from './gist';
import en from './locales/en.json';
import zhCN from './locales/zh-CN.json';
import type { MessageContent } from './message-content';

/** The reader, where a text is another one for this reader: it says "you". Null for all others, who share one. */
export function namedReader({ gist }: Pick<MessageContent, 'gist'>, uid: string): string | null {
  return gist.kind === 'system' && gist.people.some((person) => person.uid === uid) ? uid : null;
}

/** The gist in words; null where it says no more than that there is a message. `reader` is what `namedReader` answered. */
export function gistText(gist: Gist, catalogue: Catalogue, reader: string | null): string | null {
  switch (gist.kind) {
    case 'neutral':
      return null;
    case 'text':
      return gist.text;
    case 'label':
      return [
        catalogue.say(gist.label),
        ...gist.details.map((detail) => isolate(detail, catalogue.isRightToLeft)),
      ].join(' · ');
    case 'forward':
      return forwardText(gist.names, gist.isGroup, catalogue);
    case 'recalled':
      return catalogue.say('recalled');
    case 'system':
      return systemText(gist.text, gist.people, catalogue, reader);
    case 'custom':
      return gist.text.say(catalogue.locale, gist.values);
    default:
      return gist satisfies never;
  }
}

function forwardText(names: readonly string[], isGroup: boolean, catalogue: Catalogue): string {
  if (isGroup) return catalogue.say('forward_group');
  if (names.length === 0) return catalogue.say('forward');
  const isolated = names.map((name) => isolate(name, catalogue.isRightToLeft));
  return catalogue.say('forward_of', { names: catalogue.list(isolated) });
}

function systemText(
  text: string,
  people: readonly Person[],
  catalogue: Catalogue,
  reader: string | null,
): string {
  const isRightToLeft = hasRightToLeft(text);
  // In one pass, so that a name cannot bring a placeholder of its own.
  return text.replace(/\{(\d{1,2})\}/g, (_, index: string, at: number) => {
    const { uid, name } = people[Number(index)] ?? nobody;
    if (name !== null && (uid === null || uid !== reader)) return isolate(name, isRightToLeft);
    return atStart(
      wordFor(uid !== null && uid === reader ? 'you' : 'someone', text, catalogue),
      at,
      catalogue,
    );
  });
}

const nobody: Person = { uid: null, name: null };

/** The text is in the server's language, most often Chinese, whatever the reader's is: the word goes with the text. */
function wordFor(key: 'you' | 'someone', text: string, catalogue: Catalogue): string {
  const own = catalogue.say(key);
  return [own, zhCN[key], en[key]].find((word) => haveOneScript(word, text)) ?? own;
}

const scripts = ['Latin', 'Han', 'Hiragana', 'Hangul', 'Cyrillic', 'Arabic', 'Devanagari', 'Thai'].map(
  (name) => new RegExp(`\\p{Script=${name}}`, 'u'),
);

function haveOneScript(word: string, text: string): boolean {
  return scripts.some((script) => script.test(word) && script.test(text));
}

function atStart(word: string, at: number, { locale }: Catalogue): string {
  return at === 0 ? word.slice(0, 1).toLocaleUpperCase(locale) + word.slice(1) : word;
}
