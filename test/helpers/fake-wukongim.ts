import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answering } from './fake-resolver';

export interface FakeWukongimOptions {
  /** main has no manager token on this API. */
  readonly version: 'v2' | 'main';
  readonly managerToken?: string;
  /** v2: whether devices are masters. */
  readonly tokenAuthOn?: boolean;
}

function sendJson(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(value));
}

/**
 * WuKongIM's own API, as v2.2.5 and main answer it: one row per open connection, users without any are left out, and an empty list is
 * answered with something else.
 */
export class FakeWukongim {
  /** The uids of each question. */
  readonly questions: (readonly string[])[] = [];
  readonly #options: FakeWukongimOptions;
  readonly #connections: { readonly uid: string; readonly device_flag: number; readonly online: 1 }[] = [];
  #behavior: Answering | null = null;
  readonly #server: Server;

  private constructor(options: FakeWukongimOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => this.#answer(request, Buffer.concat(chunks).toString(), response));
    });
  }

  static async start(options: FakeWukongimOptions): Promise<FakeWukongim> {
    const wukongim = new FakeWukongim(options);
    await new Promise<void>((resolve) => wukongim.#server.listen(0, '127.0.0.1', resolve));
    return wukongim;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** One more connection of the user. */
  connect(uid: string, deviceFlag: number): void {
    this.#connections.push({ uid, device_flag: deviceFlag, online: 1 });
  }

  /** Nobody is connected, nothing was asked, and it answers. */
  reset(): void {
    this.#connections.length = 0;
    this.questions.length = 0;
    this.#behavior = null;
  }

  /** Instead of what it answers otherwise; null: as WuKongIM. */
  behave(behavior: Answering | null): void {
    this.#behavior = behavior;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, text: string, response: ServerResponse): void {
    const { version, managerToken } = this.#options;
    if (version === 'v2' && managerToken !== undefined && request.headers['token'] !== managerToken) {
      response.writeHead(401).end();
      return;
    }
    if (version === 'v2' && request.url === '/varz') {
      sendJson(response, { server_name: 'WuKongIM', version: 'v2.2.5-20260422' });
      return;
    }
    if (version === 'v2' && request.url?.startsWith('/connz') === true) {
      const device = this.#options.tokenAuthOn === true ? 'App(主)' : 'App(从)';
      sendJson(response, { connections: this.#connections.map(({ uid }) => ({ uid, device })), total: 0 });
      return;
    }
    if (request.method !== 'POST' || request.url !== '/user/onlinestatus') {
      response.writeHead(404).end('404 page not found');
      return;
    }
    const uids = JSON.parse(text) as readonly string[];
    this.questions.push(uids);
    if (this.#behavior !== null) {
      this.#behavior(response);
      return;
    }
    const rows = this.#connections.filter(({ uid }) => uids.includes(uid));
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(uids.length === 0 ? { status: 200 } : rows));
  }
}
