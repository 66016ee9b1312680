import type { ErrorCode, YAMLError } from 'yaml';
import { lookalikeHint } from '../leaves/written-text';

/** What the operator did, where the library's sentence is about YAML's grammar or about its own functions. */
const sentences: Partial<Readonly<Record<ErrorCode, string>>> = {
  BLOCK_AS_IMPLICIT_KEY:
    'the line has two keys, or is not indented as its neighbors; a value with ": " in it needs quotes',
  DUPLICATE_KEY: 'this key is already set in the same mapping; leave out one of the two',
  MULTILINE_IMPLICIT_KEY:
    'expected "key: value" on this line, and the colon or the space after it is missing',
  MULTIPLE_DOCS: 'a second document begins here, and the relay reads only one; remove the line ---',
  TAB_AS_INDENT: 'a tab indents this line; use spaces',
  TAG_RESOLVE_FAILED: 'a value that begins with ! needs quotes',
};

/** What is wrong with a line that is no YAML, without what it holds: it may hold a secret. */
export function yamlFault(error: YAMLError, line: string): string {
  if (/^-----(BEGIN|END) /.test(line)) return 'each line of a PEM text must be indented below its key';
  const hint = lookalikeHint(line);
  return hint === '' && /^\s*\/\//.test(line.slice(Math.max(0, line.lastIndexOf(' //'))))
    ? 'a comment begins with #, not with //'
    : `${sentenceOf(error)}${hint}`;
}

function sentenceOf({ code, message }: YAMLError): string {
  const sentence = sentences[code];
  if (sentence !== undefined) return sentence;
  if (message === 'Implicit map keys need to be followed by map values')
    return sentences.MULTILINE_IMPLICIT_KEY ?? message;
  const [, indicator] = /^Plain value cannot start with .* ([@`%,])$/.exec(message) ?? [];
  if (indicator !== undefined) return `a value that begins with ${indicator} needs quotes`;
  return message
    .replace(/(?<=\S): [^]*$/, '')
    .replace(/(?<=Invalid escape sequence) [^]*$/, '')
    .replace(/\.$/, '');
}
