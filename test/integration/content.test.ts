import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  api,
  apnsToken,
  closeConnections,
  eventually,
  messageBody,
  metric,
  postEvent,
  postMessage,
  registerApns,
  registerFcm,
} from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';
import { runInProcess } from '../helpers/run-command';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relay-content-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function localesDir(name: string, files: Record<string, string>): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  for (const [file, text] of Object.entries(files)) await writeFile(join(path, file), text);
  return path;
}

/** The problems that the relay names, line by line. */
async function problemsOf(yaml: string): Promise<readonly string[]> {
  const path = join(folder, 'relay.yaml');
  await writeFile(path, yaml);
  const { code, stderr } = await runInProcess(['check-config', '--config', path], { cwd: folder });
  expect(code).toBe(2);
  return stderr.split('\n').filter((line) => line.includes('content.'));
}

describe('content in the configuration', () => {
  it('names each file and text of locales_dir that is wrong', async () => {
    const dir = await localesDir('bad', {
      'fr.json': JSON.stringify({ imge: 'Photo', image: 7, said: '{sender: {text}', sent: '{name} a écrit' }),
      'de.json': '{"image": ',
      'it.json': '[]',
      'ru.json': JSON.stringify({ summary: '{count, plural, one {# сообщение}}', sent: '{sender, date}' }),
      'nl.yaml': 'image: Foto',
      'a language.json': '{}',
      '.hidden': '',
    });
    const problems = await problemsOf(`content: { locales_dir: ${dir} }`);
    for (const expected of [
      /fr\.json: unknown text "imge"; did you mean image\?/,
      /fr\.json: image: expected a text/,
      /fr\.json: said: expected an ICU message with sender and text between braces; /,
      /fr\.json: sent: expected an ICU message with sender between braces; .*name/,
      /de\.json: not JSON: /,
      /it\.json: expected a JSON object of texts/,
      /ru\.json: summary: expected an ICU message with count between braces; /,
      /ru\.json: sent: expected an ICU message/,
      /nl\.yaml: expected files named by a language tag, like fr\.json/,
      /a language\.json: expected files named by a language tag/,
    ])
      expect(problems).toContainEqual(expect.stringMatching(expected));
    expect(problems).toHaveLength(10);
    expect(problems.every((line) => line.includes('content.locales_dir (relay.yaml:1)'))).toBe(true);
  });

  it('says that locales_dir is not there', async () => {
    expect(await problemsOf('content: { locales_dir: nowhere }')).toEqual([
      expect.stringMatching(/locales_dir .*expected a directory that can be read; there is no such/),
    ]);
  });

  it('says that locales_dir holds nothing, or a language twice', async () => {
    const none = await localesDir('none', { '.fr.json.swp': '' });
    expect(await problemsOf(`content: { locales_dir: ${none} }`)).toEqual([
      expect.stringMatching(/locales_dir .*expected at least one file like fr\.json, and there is none/),
    ]);
    const dir = await localesDir('nothing', {
      'de.json': '{}',
      'fr.json': JSON.stringify({ image: '\u200B', video: ' \u3164' }),
      'pt-BR.json': JSON.stringify({ image: 'Foto' }),
      'pt-br.json': JSON.stringify({ image: 'Imagem' }),
    });
    const problems = await problemsOf(`content: { locales_dir: ${dir} }`);
    for (const expected of [
      /de\.json: expected at least one text/,
      /fr\.json: image: expected a text/,
      /fr\.json: video: expected a text/,
      /pt-br\.json: expected one file for pt-BR, and this is another/,
    ])
      expect(problems).toContainEqual(expect.stringMatching(expected));
    expect(problems).toHaveLength(4);
  });

  it('says what is wrong with a type', async () => {
    const problems = await problemsOf(`
content:
  types:
    red_packet: { push: true }
    101: { text: { en: 'Red packet: {greeting' } }
    102: { text: { english!: 'x' } }
    103: { text: [x], pushed: false }
    104: { text: {} }
    105: { text: "\\u200B" }
    106: { text: { en: "Gift", zh: "\\u3164" } }
`);
    for (const expected of [
      /content\.types\.red_packet .*a message type, which is a whole number/,
      /content\.types\.101\.text .*each brace belongs to a field of the payload.*\(en\)/,
      /content\.types\.102\.text .*language tags like en or zh-CN/,
      /content\.types\.103\.text .*a text, or a mapping of languages to texts/,
      /content\.types\.103\.pushed .*did you mean push\?/,
      /content\.types\.104\.text .*a text, or a mapping of languages to texts/,
      /content\.types\.105\.text .*a text for each language \(en\)/,
      /content\.types\.106\.text .*a text for each language \(zh\)/,
    ])
      expect(problems).toContainEqual(expect.stringMatching(expected));
  });
});

describe('content of the operator', () => {
  let fakes: Fakes;
  let relay: RelayProcess;

  beforeAll(async () => {
    const dir = await localesDir('good', {
      'zh-CN.json': JSON.stringify({ image: '[图片]' }),
      'tr.json': JSON.stringify({ image: 'Fotoğraf', test_title: 'Deneme' }),
    });
    fakes = await Fakes.start();
    const yaml = `
apps:
  default: { display_name: Acme Chat, default_locale: ja }
content:
  default_locale: fr
  locales_dir: ${dir}
  unknown: drop
  types:
    101: { text: { en: 'Red packet: {greeting}', zh-CN: '红包：{greeting}' }, priority: normal }
    102: { push: false }
`;
    relay = await fakes.startRelay({ yaml, env: { STORM_LIMITS: 'off', LOG_LEVEL: 'debug' } });
    for (const [uid, locale] of Object.entries({ chen: 'zh_CN_#Hans', deniz: 'tr-TR', olena: 'uk' }))
      await api(relay.url, 'PUT', `/users/${uid}/devices/phone`, {
        provider: 'apns',
        token: apnsToken(uid),
        locale,
      });
    await api(relay.url, 'PUT', '/users/nora/devices/phone', {
      provider: 'apns',
      token: apnsToken('nora'),
      preview: 'none',
    });
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  beforeEach(() => fakes.sandbox.reset());

  async function shown(uid: string, payload: object): Promise<unknown> {
    await postMessage(relay.url, { to: [uid], payload });
    const [push] = await fakes.sandbox.apns.waitForAccepted(1);
    return (push?.payload['aps'] as { alert: unknown }).alert;
  }

  it('shows its texts and languages', async () => {
    expect(await shown('chen', { type: 2 })).toMatchObject({ body: '[图片]' });
    fakes.sandbox.reset();
    expect(await shown('deniz', { type: 2 })).toMatchObject({ body: 'Fotoğraf' });
    fakes.sandbox.reset();
    expect(await shown('deniz', { type: 5 })).toMatchObject({ body: 'Video' });
  });

  it("gives the app's language to a phone whose own it does not have, and the app's name where nobody is named", async () => {
    expect(await shown('olena', { type: 2 })).toEqual({ title: 'Acme Chat', body: '写真' });
    fakes.sandbox.reset();
    expect(await shown('nora', { type: 2 })).toEqual({ title: 'Acme Chat', body: '新着メッセージ' });
  });

  it('words a type of its own, at the priority that it has', async () => {
    expect(await shown('chen', { type: 101, greeting: '恭喜' })).toMatchObject({ body: '红包：恭喜' });
    expect(fakes.sandbox.apns.accepted[0]?.headers['apns-priority']).toBe('5');
  });

  it('pushes no type that it does not want, and none that nobody knows', async () => {
    const dropped = () => metric(relay.url, 'relay_recipients_total', { result: 'not_pushed_type' });
    const before = await dropped();
    await postMessage(relay.url, { to: ['chen'], payload: { type: 102 } });
    await postMessage(relay.url, { to: ['chen'], payload: { type: 57 } });
    await eventually(dropped, (count) => count === before + 2);
    expect(await shown('chen', { type: 1, content: 'last' })).toMatchObject({ body: 'last' });
    expect(fakes.sandbox.apns.accepted).toHaveLength(1);
  });

  it('hides and tells as lists say that were encoded twice', async () => {
    await api(relay.url, 'PUT', '/users/deniz/mutes/2/team', { allow_mentions: true });
    const team = { to: ['chen', 'deniz'], channelId: 'team', channelType: 2 };
    for (const lists of [
      { invisibles: '["chen"]', mention: { uids: '["deniz"]' } },
      { visibles: '["chen"]' },
    ])
      await postMessage(relay.url, {
        ...team,
        payload: { type: 1, content: JSON.stringify(lists), ...lists },
      });
    await postMessage(relay.url, { ...team, payload: { type: 1, content: 'x', invisibles: 'chen,olena' } });
    const bodies = (await fakes.sandbox.apns.waitForAccepted(3)).map(({ token, payload }) => [
      token,
      (payload['aps'] as { alert: { body: string } }).alert.body,
    ]);
    expect(bodies).toEqual([
      [apnsToken('deniz'), 'Someone mentioned you'],
      [apnsToken('chen'), '新消息'],
      [apnsToken('chen'), '新消息'],
    ]);
  });

  it('speaks the language of the device in a test push', async () => {
    await api(relay.url, 'POST', '/users/chen/test-push');
    await api(relay.url, 'POST', '/users/deniz/test-push');
    const titles = (await fakes.sandbox.apns.waitForAccepted(2)).map(
      ({ payload }) => (payload['aps'] as { alert: { title: string } }).alert.title,
    );
    expect(titles).toEqual(['测试推送', 'Deneme']);
  });

  it('logs nothing of a text, at any level', async () => {
    const secret = 'Zxq7-secret';
    const payloads = [
      { type: 1, content: secret },
      { type: 8, name: secret },
      { type: 57, content: secret },
      { type: 101, greeting: secret },
      { type: 1002, content: secret, extra: [{ uid: 'chen', name: secret }] },
    ];
    for (const payload of payloads)
      await postMessage(relay.url, { from: '____system', to: ['chen'], payload });
    const ciphertext = messageBody({ to: ['chen'], payload: { type: 1, content: secret } });
    await postEvent(relay.url, 'msg.offline', ciphertext.replace('"setting":0', '"setting":32'));
    await postEvent(relay.url, 'msg.offline', messageBody({ to: ['chen'], payload: [secret] }));
    const pushes = await fakes.sandbox.apns.waitForAccepted(5);
    expect(pushes.filter(({ payload }) => JSON.stringify(payload).includes(secret))).toHaveLength(4);
    await relay.stop();
    expect(relay.log.length).toBeGreaterThan(10);
    const encoded = Buffer.from(secret).toString('base64').slice(0, 12);
    expect(relay.log.filter((line) => JSON.stringify(line).match(`${secret}|${encoded}`))).toEqual([]);
  });
});

describe('what only the app can decrypt', () => {
  it('reaches the app as it came, beside neutral words, where the operator lets it through', async () => {
    await using fakes = await Fakes.start();
    await using relay = await fakes.startRelay({ yaml: 'content: { pass_ciphertext: true }' });
    await registerApns(relay.url, 'dana');
    await registerFcm(relay.url, 'dana');
    const message = messageBody({ to: ['dana'], payload: { type: 1, content: 'ciphertext' } });
    await postEvent(relay.url, 'msg.offline', message.replace('"setting":0', '"setting":32'));
    const { payload: ciphertext } = JSON.parse(message) as { readonly payload: string };
    const [iphone] = await fakes.sandbox.apns.waitForAccepted(1);
    expect(iphone?.payload).toMatchObject({
      aps: { alert: { body: 'New message' } },
      wukongim: { ciphertext },
    });
    const [android] = await fakes.sandbox.fcm.waitForAccepted(1);
    expect(android?.message).toMatchObject({ notification: { body: 'New message' }, data: { ciphertext } });
  });
});
