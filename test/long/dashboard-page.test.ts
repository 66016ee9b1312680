import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { source as axeSource, type AxeResults } from 'axe-core';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { reply } from '../../src/sandbox/answer';
import { api, apnsToken, closeConnections, eventually, postMessage, registerApns } from '../helpers/client';
import { describeWithProgram } from '../helpers/describe-with-program';
import { forgetDevice } from '../helpers/dead-device';
import { apiKey, Fakes, webhookSecret } from '../helpers/fakes';
import { RelayProcess } from '../helpers/relay-process';

/** Where screenshots are kept: `SCREENSHOTS=docs/images/dashboard`. By default nowhere. */
const screenshots = process.env['SCREENSHOTS'];
/** What a screen reader says of a maker's phone. */
const systems = {
  huawei: 'EMUI',
  harmony: 'HarmonyOS',
  honor: 'MagicOS',
  xiaomi: 'HyperOS',
  oppo: 'ColorOS',
  vivo: 'OriginOS',
  meizu: 'Flyme',
};
const keptNames = ['overview', 'phones', 'trace'];

const desk = { width: 1440, height: 900 };
const hand = { width: 390, height: 844 };

interface Variant {
  readonly locale: 'en-US' | 'zh-CN';
  readonly theme: 'light' | 'dark';
}

const variants: readonly Variant[] = [
  { locale: 'en-US', theme: 'light' },
  { locale: 'zh-CN', theme: 'dark' },
];

/** What a test looks for, in each language. */
const words = {
  'en-US': {
    key: 'API key',
    signIn: 'Sign in',
    wrong: 'This is not an API key of this relay.',
    overview: 'Overview',
    well: 'All is well',
    attention: 'Needs attention',
    phones: 'Phones',
    users: 'Users',
    deadLetters: 'Dead letters',
    configuration: 'Configuration',
    messages: 'Messages',
    latest: 'Latest messages',
    setUp: 'Set up phones for Carol and Bob',
    text: 'Text',
    send: 'Send',
    trace: 'Show its trace',
    answered: 'answered',
    accepted: 'accepted',
    notSent: 'WuKongIM has not sent',
    removed: 'the app was removed, or has a new token',
    dinner: 'Dinner at six?',
    userId: 'User id',
    messageId: 'Message id',
    show: 'Show',
    testPush: 'Send a test push',
    replay: 'Replay 1 selected',
    replayed: '1 replayed, 0 skipped',
    none: 'There are no dead letters.',
    language: 'Language',
    theme: 'Theme',
    signOut: 'Sign out',
  },
  'zh-CN': {
    key: 'API 密钥',
    signIn: '登录',
    wrong: '密钥不正确。',
    overview: '概览',
    well: '一切正常',
    attention: '需要处理',
    phones: '手机',
    users: '用户',
    deadLetters: '死信',
    configuration: '配置',
    messages: '消息',
    latest: '最新消息',
    setUp: '为 Carol 和 Bob 添加手机',
    text: '内容',
    send: '发送',
    trace: '查看跟踪记录',
    answered: '应答',
    accepted: '已接受',
    notSent: 'WuKongIM 没有发',
    removed: '应用已卸载，或令牌已更换',
    dinner: '六点吃晚饭？',
    userId: '用户 ID',
    messageId: '消息 ID',
    show: '查看',
    testPush: '发送测试推送',
    replay: '重放所选 1 条',
    replayed: '已重放 1 条，跳过 0 条',
    none: '没有死信。',
    language: '语言',
    theme: '主题',
    signOut: '退出登录',
  },
} as const;

const openChromium = { command: 'chromium', args: ['--version'], aptPackage: 'chromium' };

const programPath = (name: string): string =>
  execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();

describeWithProgram(openChromium, 'the page of the dashboard', () => {
  let browser: Browser;
  const open: BrowserContext[] = [];

  beforeAll(async () => {
    const executablePath = programPath('chromium');
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: 0 });
  });

  afterEach(async () => {
    for (const context of open.splice(0)) await context.close();
  });

  afterAll(async () => {
    await browser.close();
    closeConnections();
  });

  /** A page that has loaded, and what its console said against it. */
  async function visit(url: string, { locale, theme }: Variant): Promise<{ page: Page; faults: string[] }> {
    const context = await browser.newContext({
      locale,
      colorScheme: theme,
      // While something moves in, its colours are mixed with those behind it.
      reducedMotion: 'reduce',
      viewport: desk,
      baseURL: url,
    });
    open.push(context);
    // Only the time of the whole test ends a wait: a busy machine takes long for one step.
    context.setDefaultTimeout(0);
    await context.addInitScript({ content: axeSource });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      // An answer that the page expects, such as 401 to a wrong key.
      const isAnswer = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isAnswer) faults.push(message.text());
    });
    await page.goto('/');
    return { page, faults };
  }

  async function signIn(page: Page, { locale }: Variant): Promise<void> {
    await page.getByLabel(words[locale].key).fill(apiKey);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: words[locale].overview }).waitFor();
  }

  async function seriousFaults(page: Page): Promise<unknown> {
    await page.mouse.move(0, 0);
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
    );
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => ({
        id,
        where: nodes.map(({ html, failureSummary }) => [html, failureSummary]),
      }));
  }

  /** A third of the PNG. */
  async function toWebp(context: BrowserContext, png: Buffer): Promise<Buffer> {
    const blank = await context.newPage();
    const url = JSON.stringify(`data:image/png;base64,${png.toString('base64')}`);
    const webp = await blank.evaluate<string>(`(async () => {
      const picture = await createImageBitmap(await (await fetch(${url})).blob());
      const canvas = document.createElement('canvas');
      canvas.width = picture.width;
      canvas.height = picture.height;
      canvas.getContext('2d').drawImage(picture, 0, 0);
      return canvas.toDataURL('image/webp', 0.75).split(',')[1];
    })()`);
    await blank.close();
    return Buffer.from(webp, 'base64');
  }

  /** On a desk and in a hand: axe finds nothing serious, and nothing is wider than the screen. */
  async function inspect(page: Page, name: string, { theme, locale }: Variant): Promise<void> {
    for (const viewport of [desk, hand]) {
      await page.setViewportSize(viewport);
      expect([name, viewport.width, await seriousFaults(page)]).toEqual([name, viewport.width, []]);
      const width = await page.evaluate<number>('document.documentElement.scrollWidth');
      expect([name, width <= viewport.width]).toEqual([name, true]);
      if (screenshots === undefined || !keptNames.includes(name)) continue;
      const folder = join(__dirname, '../..', screenshots);
      await mkdir(folder, { recursive: true });
      const file = `${name}-${locale.slice(0, 2)}-${theme}-${viewport.width}.webp`;
      await writeFile(join(folder, file), await toWebp(page.context(), await page.screenshot()));
    }
    await page.setViewportSize(desk);
  }

  const follow = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).click();

  describe('in sandbox mode', () => {
    let relay: RelayProcess;

    const start = () => RelayProcess.start({ env: { API_KEYS: apiKey, WEBHOOK_SECRET: webhookSecret } });

    beforeAll(async () => {
      relay = await start();
    });

    afterAll(() => relay.stop());

    it.each(variants)('signs in, and shows phones and traces ($locale, $theme)', async (variant) => {
      const text = words[variant.locale];
      // Whose phones have shown nothing yet.
      await using fresh = await start();
      const { url } = fresh;
      const { page, faults } = await visit(url, variant);
      expect(await page.evaluate('document.documentElement.lang')).toBe(
        variant.locale === 'zh-CN' ? 'zh-CN' : 'en',
      );
      await page.getByLabel(text.key).fill('no key of this relay');
      await page.getByRole('button', { name: text.signIn }).click();
      await page.getByRole('alert').filter({ hasText: text.wrong }).waitFor();
      await inspect(page, 'login', variant);
      await signIn(page, variant);
      await page.getByText(text.well).waitFor();
      await page.locator('.chart canvas').waitFor();
      await inspect(page, 'overview', variant);

      await follow(page, text.phones);
      await page.getByRole('button', { name: text.setUp }).click();
      const isShown = async (written: string): Promise<void> => {
        await page.getByLabel(text.text, { exact: true }).fill(written);
        await page.getByRole('button', { name: text.send, exact: true }).click();
        const shown = page.getByRole('article').getByText(written, { exact: true });
        await eventually(
          () => shown.count(),
          (count) => count === 2,
        );
      };
      await isShown(text.dinner);
      for (const provider of Object.keys(systems))
        await api(url, 'PUT', `/users/bob/devices/bobs-${provider}`, { provider, token: provider });
      await page.locator('select[name=to]').selectOption('team');
      await page.locator('select[name=kind]').selectOption('image');
      await page.getByLabel(text.text, { exact: true }).fill(' ');
      await page.getByRole('button', { name: text.send, exact: true }).click();
      const android = page.getByRole('article', { name: 'carols-android' });
      await android.getByText('图片').first().waitFor();
      await page.getByRole('article', { name: 'bobs-iphone' }).getByText('Photo').first().waitFor();
      for (const [provider, system] of Object.entries(systems))
        await page
          .getByRole('article', { name: `bobs-${provider} · ${system}` })
          .getByText('Photo')
          .first()
          .waitFor();
      await inspect(page, 'phones', variant);

      await android.getByRole('link', { name: text.trace }).first().click();
      await page.getByRole('heading', { level: 1, name: text.messages }).waitFor();
      await page.locator('.device').filter({ hasText: 'carols-android' }).getByText(text.answered).waitFor();
      await page.locator('.device').getByText(text.accepted, { exact: true }).first().waitFor();
      await inspect(page, 'trace', variant);

      await follow(page, text.messages);
      const latest = page.getByRole('region', { name: text.latest });
      await latest.getByRole('link').first().waitFor();
      await inspect(page, 'messages', variant);
      // What became of a message is seen on a phone without scrolling.
      await page.setViewportSize(hand);
      const result = await latest.locator('tbody tr').first().locator('td').nth(1).boundingBox();
      expect((result?.x ?? hand.width) + (result?.width ?? 0)).toBeLessThanOrEqual(hand.width);
      await page.setViewportSize(desk);

      await follow(page, text.phones);
      await isShown(`<b>&amp; ${variant.locale}`);
      expect(faults).toEqual([]);
    });

    it('keeps what was chosen, and signs out', async () => {
      const variant = variants[0]!;
      const { page, faults } = await visit(relay.url, variant);
      await signIn(page, variant);
      await page.getByLabel(words['en-US'].language).selectOption('zh');
      await page.getByLabel(words['zh-CN'].theme).selectOption('dark');
      await page.reload();
      await page.getByRole('heading', { level: 1, name: words['zh-CN'].overview }).waitFor();
      await page.waitForFunction(`getComputedStyle(document.documentElement).colorScheme === 'dark'`);
      await page.getByRole('button', { name: words['zh-CN'].signOut }).click();
      await page.getByLabel(words['zh-CN'].key).waitFor();
      await eventually(
        () => page.context().cookies(),
        (cookies) => cookies.length === 0,
      );
      expect(faults).toEqual([]);
    });

    it('is used with the keyboard alone', async () => {
      const variant = variants[0]!;
      const { page } = await visit(relay.url, variant);
      await signIn(page, variant);
      const toHaveFocus = (selector: string) =>
        page.locator(`${selector}:focus`).waitFor({ state: 'attached' });
      await page.keyboard.press('Tab');
      await toHaveFocus('a.skip');
      await page.keyboard.press('Enter');
      await toHaveFocus('#content');
      await page.getByRole('link', { name: 'Configuration' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Configuration' }).waitFor();
      await toHaveFocus('#content');
    });
  });

  describe('with real providers', () => {
    let fakes: Fakes;
    let relay: RelayProcess;

    beforeAll(async () => {
      fakes = await Fakes.start();
      relay = await fakes.startRelay();
    });

    afterAll(async () => {
      await relay.stop();
      await fakes[Symbol.asyncDispose]();
    });

    it.each(variants)('sends test pushes and replays dead letters ($locale, $theme)', async (variant) => {
      const text = words[variant.locale];
      await registerApns(relay.url, 'carol');
      await api(relay.url, 'DELETE', '/dead-letters?all=true');
      await api(relay.url, 'PUT', '/users/carol/mutes/2/noise', {});
      const tooLarge = { times: 1, answer: reply(413, 'PayloadTooLarge') };
      fakes.sandbox.apns.script({ ...tooLarge, when: { token: apnsToken('carol/phone') } });
      await postMessage(relay.url, { to: ['carol'], payload: { type: 1, content: 'of nobody else' } });
      const deadLetters = async () =>
        (await api(relay.url, 'GET', '/dead-letters')).body.items.length as number;
      await eventually(deadLetters, (count) => count === 1);

      const { page, faults } = await visit(relay.url, variant);
      await signIn(page, variant);
      expect(await page.getByRole('link', { name: text.phones, exact: true }).count()).toBe(0);
      await follow(page, text.users);
      await page.getByLabel(text.userId).fill('carol');
      await page.getByRole('button', { name: text.show, exact: true }).click();
      await page.getByRole('button', { name: text.testPush }).click();
      await page.getByRole('status').getByText('accepted').waitFor();
      await page.getByText('noise').waitFor();
      await inspect(page, 'user', variant);

      await follow(page, text.deadLetters);
      await page.getByText('PayloadTooLarge').waitFor();
      expect(await page.getByText('of nobody else').count()).toBe(0);
      await inspect(page, 'dead-letters', variant);
      await page.getByRole('checkbox').check();
      await page.getByRole('button', { name: text.replay }).click();
      await page.getByText(text.replayed).waitFor();
      await page.getByText(text.none).waitFor();
      await eventually(deadLetters, (count) => count === 0);

      await follow(page, text.configuration);
      await page.getByText('API_KEYS', { exact: true }).waitFor();
      await inspect(page, 'configuration', variant);
      expect(await page.content()).not.toContain(apiKey);
      expect(faults).toEqual([]);
    });

    it.each(variants)('tells why a phone was silent ($locale, $theme)', async (variant) => {
      const text = words[variant.locale];
      const { page, faults } = await visit(relay.url, variant);
      await signIn(page, variant);
      await follow(page, text.messages);
      const ask = async (label: string, value: string) => {
        await page.getByLabel(label).fill(value);
        await page.keyboard.press('Enter');
      };
      await ask(text.messageId, '404');
      await page.getByRole('alert').getByText(text.notSent).waitFor();
      await ask(text.userId, 'nobody');
      await page.getByText(text.notSent).waitFor();
      await inspect(page, 'recent-nobody', variant);
      const uid = `gone-${variant.locale}`;
      await forgetDevice(fakes, relay, uid);
      await ask(text.userId, uid);
      await page.getByRole('row').getByRole('link').click();
      await page.locator('.device').getByText(text.removed).waitFor();
      await inspect(page, 'trace-of-nothing', variant);
      expect(faults).toEqual([]);
    });

    it('tells why a provider is amber', async () => {
      const variant = variants[0]!;
      await registerApns(relay.url, 'dave');
      fakes.sandbox.apns.script({ answer: reply(403, 'InvalidProviderToken') });
      await postMessage(relay.url, { to: ['dave'] });
      const { page } = await visit(relay.url, variant);
      await signIn(page, variant);
      await page.getByText(words[variant.locale].attention).waitFor();
      await page.getByText('InvalidProviderToken').first().waitFor();
      await inspect(page, 'overview-degraded', variant);
    });
  });
});
