import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { silentLogger } from '../../src/domain/logger';
import { systemClock } from '../../src/domain/clock';
import { createWebPushProvider } from '../../src/providers/webpush/provider';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { AllowedHosts } from '../../src/shared/webpush/allowed-hosts';
import { createEitherClient } from '../../src/transport/either-client';
import { notification, sendAll } from '../contract/provider-suite';
import { describeWithProgram } from '../helpers/describe-with-program';

const example = join(__dirname, '../../examples/web-push');

/** What the page's script asks a browser for; the tests are compiled without the browser's types. */
interface Shown {
  readonly title: string;
  readonly body: string;
  readonly data: { readonly navigate: string };
}

const listShown = `navigator.serviceWorker.ready
  .then((registration) => registration.getNotifications())
  .then((all) => all.map(({ title, body, data }) => ({ title, body, data })))`;

/**
 * A real Chromium runs the example's service worker. No push service of the internet is asked: the fake one decrypts, and the plain
 * text goes to the service worker as Chromium itself would hand it over.
 */
describeWithProgram(
  { command: 'chromium', args: ['--version'], aptPackage: 'chromium' },
  'Web Push in a browser',
  () => {
    let sandbox: Sandbox;
    let server: Server;
    let browser: Browser;
    let origin: string;

    beforeAll(async () => {
      sandbox = await startSandbox();
      server = createServer((request, response) => {
        const isWorker = request.url === '/service-worker.js';
        response.setHeader('content-type', isWorker ? 'text/javascript' : 'text/html');
        if (!isWorker) return void response.end('<!doctype html><title>Chat</title>');
        void readFile(join(example, 'service-worker.js')).then((script) => response.end(script));
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
      const executablePath = execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: 0 });
    });

    afterAll(async () => {
      await browser.close();
      server.close();
      server.closeAllConnections();
      await sandbox.close();
    });

    async function pushedText(): Promise<string> {
      const { publicKey } = sandbox.credentials.vapid;
      const provider = createWebPushProvider(
        {
          app: 'default',
          keys: sandbox.credentials.vapid,
          previousKeys: null,
          subject: 'mailto:push@relay.chat',
          baseUrl: `${origin}/#/{channel_type}/{channel_id}`,
          icon: null,
          fallbackTitle: 'Chat',
          dataStyle: 'nested',
          hosts: new AllowedHosts(['127.0.0.1']),
          allowPrivateAddresses: true,
          proxyUrl: null,
          connections: { min: 0, max: 1 },
          timeoutMs: 10_000,
          ca: sandbox.caPem,
        },
        {
          clock: systemClock,
          logger: silentLogger,
          createClient: (options) =>
            createEitherClient(options, { clock: systemClock, logger: silentLogger }),
        },
      );
      const { endpoint, keys } = sandbox.webpush.subscribe(publicKey);
      const delivery = {
        id: 'd',
        uid: 'carol',
        deviceId: 'browser',
        tokenKind: 'alert',
        token: `${endpoint} ${keys.p256dh} ${keys.auth}`,
        platform: 'web',
        lane: new URL(endpoint).host,
        badge: 3,
      } as const;
      expect(await sendAll(provider, [delivery])).toMatchObject([{ kind: 'accepted' }]);
      await provider.close(0);
      return sandbox.webpush.accepted.at(-1)?.text ?? '';
    }

    it('shows what the relay sends, with the place that a click opens', async () => {
      const context = await browser.newContext();
      context.setDefaultTimeout(0);
      await context.grantPermissions(['notifications'], { origin });
      const page = await context.newPage();
      const session = await context.newCDPSession(page);
      const registered = new Promise<string>((resolve) => {
        session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
          const active = versions.find(({ status }) => status === 'activated');
          if (active !== undefined) resolve(active.registrationId);
        });
      });
      await session.send('ServiceWorker.enable');
      await page.goto(origin);
      await page.evaluate(`navigator.serviceWorker.register('/service-worker.js').then(() => true)`);
      const registrationId = await registered;
      const data = await pushedText();
      await session.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data });
      let shown: readonly Shown[] = [];
      while (shown.length === 0) shown = await page.evaluate<readonly Shown[]>(listShown);
      expect(shown).toEqual([
        {
          title: 'Alice',
          body: notification.body,
          data: expect.objectContaining({
            navigate: `${origin}/#/1/alice`,
            wukongim: expect.objectContaining({ channel_id: 'alice' }),
          }),
        },
      ]);
    });
  },
);
