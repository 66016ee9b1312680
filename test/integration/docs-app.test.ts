import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { goldenCases } from '../golden/cases';
import { bodyOf, type GoldenFile } from '../golden/play';
import {
  api,
  apnsToken,
  closeConnections,
  postEvent,
  registerApns,
  registerFcm,
  send,
} from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { createSigner, publicPem, signToken } from '../helpers/user-token';

interface Block {
  readonly language: string;
  readonly text: string;
  /** Of the comment before it: whence the payload is. */
  readonly source: readonly string[];
}

const root = join(__dirname, '../..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const pages = ['docs/app.md', 'docs/zh-CN/app.md'] as const;

function blocksOf(page: string): Block[] {
  return [...page.matchAll(/(?:<!-- ([\w:\- ]+) -->\n)?```(\w+)\n(.*?)```/gs)].map(
    ([, source = '', language = '', text = '']) => ({ language, text, source: source.split(/:? /) }),
  );
}

const blocks = blocksOf(read(pages[0]));
const examples = ['app-server/node', 'ios', 'android'].flatMap((folder) =>
  readdirSync(join(root, 'examples', folder)).map((name) => `examples/${folder}/${name}`),
);

/** Without the life that is left, which is shorter on a busy machine. */
const endless = (payload: unknown): unknown =>
  JSON.parse(
    JSON.stringify(payload, (key, value: unknown) => (key === 'expires_at' || key === 'ttl' ? key : value)),
  );

afterAll(closeConnections);

describe('docs/app.md', () => {
  const golden = blocks.filter(({ source }) => source[0] === 'golden');

  it.each(golden.map(({ source, text }) => [source.join(' '), source, text] as const))(
    'shows the payload of %s',
    (_, [, name = '', locale = '', provider = ''], text) => {
      const file = JSON.parse(read(`test/golden/${name}.json`)) as GoldenFile;
      const phone = file.phones[locale] as Record<string, unknown>;
      expect(JSON.parse(text)).toEqual(phone[provider]);
    },
  );

  it('shows what phones get with data_style flat, mutable_content and android_mode data', async () => {
    await using fakes = await Fakes.start();
    await using relay = await fakes.startRelay({
      yaml: `
apps:
  default: { data_style: flat, apns: { mutable_content: true }, fcm: { android_mode: data } }
`,
    });
    await api(relay.url, 'PUT', '/users/alice/profile', { name: 'Alice' });
    await api(relay.url, 'PUT', '/channels/2/team', { name: 'Team' });
    await registerApns(relay.url, 'carol');
    await registerFcm(relay.url, 'carol');
    const shown = blocks.filter(({ source }) => source[0] === 'flat');
    expect(shown.map(({ source }) => source.join(' '))).toEqual([
      'flat text-group en apns',
      'flat text-group en fcm',
    ]);
    await postEvent(relay.url, 'msg.offline', bodyOf(goldenCases.find(({ name }) => name === 'text-group')!));
    const [apns] = await fakes.sandbox.apns.waitForAccepted(1);
    const [fcm] = await fakes.sandbox.fcm.waitForAccepted(1);
    const message = { ...fcm!.message, token: undefined };
    expect(JSON.parse(shown[0]!.text)).toEqual(apns!.payload);
    expect(endless(JSON.parse(shown[1]!.text))).toEqual(endless({ message }));
  });

  it('shows how a call rings, and preferences and a mute that the relay takes', async () => {
    await using fakes = await Fakes.start();
    await using relay = await fakes.startRelay();
    await api(relay.url, 'PUT', '/users/alice/profile', { name: 'Alice' });
    await registerApns(relay.url, 'carol');
    await api(relay.url, 'PATCH', '/users/carol/devices/phone', { voip_token: apnsToken('voip') });
    await registerFcm(relay.url, 'carol');
    const [request] = /\{"call_id".*\}/.exec(read(pages[0])) ?? [''];
    expect((await api(relay.url, 'POST', '/calls', JSON.parse(request))).status).toBe(202);
    const [apns] = await fakes.sandbox.apns.waitForAccepted(1);
    const [fcm] = await fakes.sandbox.fcm.waitForAccepted(1);
    const shown = blocks
      .filter(({ source }) => source[0] === 'call')
      .map(({ text }) => JSON.parse(text) as unknown);
    expect(apns).toMatchObject({ pushType: 'voip', token: apnsToken('voip') });
    expect(endless([apns!.payload, { message: { ...fcm!.message, token: undefined } }])).toEqual(
      endless(shown),
    );
    for (const [name, path, status] of [
      ['preferences', '/users/carol/preferences', 200],
      ['mute', '/users/carol/mutes/2/team', 204],
    ] as const) {
      const [block] = blocks.filter(({ source }) => source[0] === name);
      const answer = await api(relay.url, 'PUT', path, JSON.parse(block!.text));
      expect([name, answer.status]).toEqual([name, status]);
    }
  });

  it('shows what phones get after a conversation was read elsewhere', async () => {
    await using fakes = await Fakes.start();
    await using relay = await fakes.startRelay({ yaml: 'content: { clear_on_read: true }' });
    await registerApns(relay.url, 'carol');
    await registerFcm(relay.url, 'carol');
    const [request] = /\{"channel_type".*\}/.exec(read(pages[0])) ?? [''];
    expect((await api(relay.url, 'POST', '/users/carol/read', JSON.parse(request))).status).toBe(204);
    const [apns] = await fakes.sandbox.apns.waitForAccepted(1);
    const [fcm] = await fakes.sandbox.fcm.waitForAccepted(1);
    const shown = blocks
      .filter(({ source }) => source[0] === 'read')
      .map(({ text }) => JSON.parse(text) as unknown);
    expect(apns!.payload).toEqual(shown[0]);
    expect(endless({ message: { ...fcm!.message, token: undefined } })).toEqual(endless(shown[1]));
  });

  it('shows requests by which a phone registers itself', async () => {
    const signer = createSigner('RS256');
    const token = signToken(signer, { sub: 'alice' });
    await using fakes = await Fakes.start();
    await using relay = await fakes.startRelay({
      yaml: JSON.stringify({ api: { user_tokens: { public_key: publicPem(signer) } } }),
    });
    const requests = blocks.filter(({ source }) => source[0] === 'request');
    expect(requests.length).toBe(5);
    for (const { source, text } of requests) {
      const [head = '', body = ''] = text.replace('TOKEN', token).split('\n\n');
      const [line = '', ...fields] = head.trim().split('\n');
      const [method = '', path = ''] = line.split(' ');
      const headers = Object.fromEntries(fields.map((field) => field.split(': ') as [string, string]));
      const answer = await send(relay.url, { method, path, headers, body: body.trim() });
      expect({ line, status: answer.status }).toEqual({ line, status: Number(source[1]) });
    }
  });

  it('marks every payload with where it is from', () => {
    const unmarked = blocks.filter(({ language, source }) => language === 'json' && source[0] === '');
    expect(unmarked).toEqual([]);
  });

  it('shows code as the files of examples/ have it, and links each file', () => {
    const files = examples.map(read);
    const foreign = blocks.filter(
      ({ language, text }) =>
        !['json', 'sh', 'yaml', 'http'].includes(language) && !files.some((file) => file.includes(text)),
    );
    expect(foreign).toEqual([]);
    const page = read(pages[0]);
    expect(examples.filter((name) => !page.includes(`(../${name})`))).toEqual([]);
  });
});

it('docs/zh-CN/app.md shows the same payloads and code', () => {
  expect(blocksOf(read(pages[1]))).toEqual(blocks);
});
