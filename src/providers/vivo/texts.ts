import { cutCharacters, lengthOf } from '../many-tokens/characters';
import { shownText } from '../many-tokens/texts';
import type { Texts } from '../wire/text';

/** Columns: vivo counts a Chinese character as two (doc 362). Whatever else is not ASCII counts as much here, to be safe. */
const mostColumns = { title: 40, content: 100 };
const suffix = ' 的消息';
/** A letter that is none of ASCII. */
const word = /(?!\p{ASCII})\p{L}/u;

/**
 * What vivo shows. It refuses what looks like a test (10085, 10104): a title or a content of ASCII letters, digits and signs alone, and
 * one with brackets, braces or the word 测试: help.aliyun.com/document_detail/611820.html. So a name gets a Chinese word, and a
 * content the name of who wrote it.
 */
export function vivoTexts(texts: Texts): { readonly title: string; readonly content: string } {
  const [title, body] = [harmless(texts.title ?? ''), harmless(texts.body ?? '')];
  const name = cutColumns(title, mostColumns.title);
  const content = shownText(body, mostColumns.content, columnsOf);
  const before = word.test(name) ? name : '消息';
  return {
    title: word.test(name) ? name : `${cutColumns(title, mostColumns.title - columnsOf(suffix))}${suffix}`,
    content: word.test(content) ? content : cutColumns(`${before}: ${body}`, mostColumns.content),
  };
}

function cutColumns(text: string, limit: number): string {
  return cutCharacters(text, limit, columnsOf);
}

function columnsOf(text: string): number {
  return lengthOf(text) + lengthOf(text.replace(/\p{ASCII}+/gu, ''));
}

/** The full-width forms of brackets read the same. */
function harmless(text: string): string {
  return text
    .replace(/[[\]{}]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))
    .replaceAll('测试', '测 试');
}
