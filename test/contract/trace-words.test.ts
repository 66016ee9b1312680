import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';
import { en } from '../../src/dashboard/page/texts/en';
import { chineseDetail } from '../../src/dashboard/page/texts/chinese-details';
import { outcomeWords, reasonMeanings } from '../../src/cli/trace/trace-words';

it('explains a reason and an outcome in the words of the dashboard', () => {
  expect(en.messages.reasons).toEqual(reasonMeanings);
  expect(en.messages.outcomes).toEqual(outcomeWords);
});

const at = '2026-11-30T12:00:00.000Z';

/** What a trace says in the relay's own words, and values that it names. */
const details: readonly (readonly [string, ...string[]])[] = [
  ['none of the devices has a token for this'],
  ['none of the devices is of the app work', 'work'],
  ['the device that the replay is for is not registered any more'],
  ['the push is for the app work, the device is of the app home', 'work', 'home'],
  ['the device has no token for this'],
  [`suspended for BadTopic, until ${at} or until it registers again`, 'BadTopic', '<time>'],
  ['suspended for a reason unknown, until it registers again'],
  ['the user is online in WuKongIM', 'WuKongIM'],
  ['a message of the same client_msg_no was received before', 'client_msg_no'],
  ['the same message was received before'],
  ['the same recall was received before'],
  ['the same push was received before'],
  ['this invite of the call was received before', 'invite'],
  ['content.types: type 101 is not pushed', 'content.types', '101'],
  ['channel type 7 is not pushed', '7'],
  ['it has no red dot (red_dot is 0)', 'red_dot', '0'],
  [`its life ended at ${at}`, '<time>'],
  ['its life ended at the end of time'],
  ['too many messages at once: a summary is pushed instead'],
  [
    'the device is suspended for devices.suspend_seconds, or until it registers again',
    'devices.suspend_seconds',
  ],
  ["no credential for the device's app and environment"],
  ['WuKongIM does not store it (no_persist)', 'WuKongIM', 'no_persist'],
  ['the call was given up, or answered'],
  ['it ends a call'],
  ['a recall of what no phone shows'],
  ['a command for the app, which nobody reads'],
  ['rendered as a call: invite', 'invite'],
  ['a silent push'],
  ['a silent push that only sets the badge'],
  ['a silent push that removes what was read elsewhere'],
  ['a summary of this and earlier messages'],
  ['a push of the app server'],
  ['a test push'],
  ['rendered as a recall'],
  ['the payload is encrypted: neutral text'],
  ['the payload has no type: neutral text'],
  ['type 101: neutral text', '101'],
  ['rendered as the payload has no type (text)', 'text'],
  ['rendered as type 1 (text)', '1', 'text'],
  [`everything is muted until ${at}`, '<time>'],
  ['the conversation is muted'],
  [`the conversation is muted until ${at}`, '<time>'],
  ['quiet hours 22:00 to 07:00 (Asia/Shanghai)', '22:00', '07:00', 'Asia/Shanghai'],
  ['quiet hours 22:00 to 07:00', '22:00', '07:00'],
  [`rendered as type 1 (text); received again at ${at}, dropped as a duplicate`, '1', 'text', '<time>'],
  [`next at ${at}`, '<time>'],
  ['until the credential is accepted again'],
  ['asked the sandbox environment', 'sandbox'],
  ['provider asked to wait'],
  ['the provider asked to leave the device in peace'],
  ['quota used up: daily quota', 'daily quota'],
  ['expired before the next attempt (provider asked to wait)'],
  ['expired (ServiceUnavailable)', 'ServiceUnavailable'],
  ['older than delivery.max_age', 'delivery.max_age'],
  ['gave up after 5 claims', '5'],
  ['the clock is in doubt'],
  ['refused before the relay was restarted'],
  ['Shutdown (12 attempts)', 'Shutdown', '12'],
  ['reset (3 ambiguous attempts)', 'reset', '3'],
  ['not an answer of the provider: 200 text/html', '200 text/html'],
  ['the answer says nothing of this delivery'],
  ['no time left for a call of its own'],
  ['no credential for apns/sandbox/work', 'apns/sandbox/work'],
];

/** The texts of a source, each cut where it takes in a value. */
function textsOf(file: string): string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(__dirname, '../..', file), 'utf8'),
    ts.ScriptTarget.Latest,
  );
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      texts.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return texts.filter((text) => text.trim().includes(' '));
}

describe('what a trace says in the relay’s own words', () => {
  it.each(details)('%s: has Chinese words, which keep its values', (english, ...values) => {
    const chinese = chineseDetail(english, () => '<time>') ?? '';
    expect(chinese).toMatch(/\p{Script=Han}/u);
    const rest = values.reduce((text, value) => {
      expect(text).toContain(value);
      return text.replace(value, '');
    }, chinese);
    expect(rest).not.toMatch(/[a-z]{2}/i);
  });

  it('is listed here', () => {
    const all = details.map(([english]) => english);
    const unlisted = textsOf('src/delivery/plan/journey-words.ts').filter(
      (text) => !all.some((english) => english.includes(text)),
    );
    expect(unlisted).toEqual([]);
  });

  it.each(['Unregistered', 'BadDeviceToken', 'invalid; unknown', 'ECONNREFUSED 127.0.0.1:443'])(
    'is not %s, the code of others',
    (code) => {
      expect(chineseDetail(code, () => '')).toBeNull();
      expect(en.messages.detailOf(code, () => '')).toBeNull();
    },
  );
});
