import { decodePayload } from './payload';

function decode(text: string): unknown {
  return decodePayload(Buffer.from(text).toString('base64'));
}

const text = (content: unknown): string => JSON.stringify({ type: 1, content });

describe('decodePayload', () => {
  it.each([
    ['a long text', text('x'.repeat(700_000))],
    ['a text of escapes', `{"content":"${'\\u0061'.repeat(100_000)}"}`],
    ['a list of 19,000 uids', text(Array.from({ length: 19_000 }, (_, at) => `user-with-a-long-name-${at}`))],
    ['white space', `\ufeff  ${text('a')}`],
  ])('reads %s', (_name, payload) => {
    expect(decode(payload)).toEqual(JSON.parse(payload.trim()));
  });

  const many = 1024 * 1024;
  it.each([
    ['lists in lists', `{"content":${'['.repeat(many / 2)}${']'.repeat(many / 2)}}`],
    ['objects in objects', `{"content":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
    ['a list of objects', `{"content":[${'{},'.repeat(many / 3)}1]}`],
    ['keys', `{${Array.from({ length: 50_000 }, (_, at) => `"k${at}":1`).join()}}`],
    ['uids', `{"visibles":[${Array.from({ length: 100_000 }, (_, at) => `"${at}"`).join()}]}`],
    ['what breaks at its end', `{"content":"${'x'.repeat(700_000)}"`],
  ])('takes no object of too many %s: the text is the neutral one', (_name, payload) => {
    expect(decode(payload)).toBeNull();
  });
});
