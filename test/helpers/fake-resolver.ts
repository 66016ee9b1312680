import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ResolverRequest {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: {
    readonly uids: readonly string[];
    readonly channels: readonly { readonly channel_type: number; readonly channel_id: string }[];
    readonly readers: readonly string[];
    readonly message?: Readonly<Record<string, unknown>>;
    readonly payload?: string;
  };
}

/** What any server may answer, whatever it was asked. */
export type Answering = (response: ServerResponse) => void;

type Behavior = (response: ServerResponse, request: ResolverRequest) => void;

/** An app's own endpoint, which does as it is told and remembers what it was asked. */
export class FakeResolver {
  readonly requests: ResolverRequest[] = [];
  #behavior: Behavior = answering({});
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const asked = { headers: request.headers, text, body: JSON.parse(text) as ResolverRequest['body'] };
        this.requests.push(asked);
        this.#behavior(response, asked);
      });
    });
  }

  static async start(): Promise<FakeResolver> {
    const resolver = new FakeResolver();
    await new Promise<void>((resolve) => resolver.#server.listen(0, '127.0.0.1', resolve));
    return resolver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/relay/resolve`;
  }

  behave(behavior: Behavior): void {
    this.#behavior = behavior;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function answering(answer: unknown, status = 200): Answering {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  };
}

/** Takes the question and says nothing. */
export const silent: Answering = () => {};

export const redirecting: Answering = (response) => {
  response.writeHead(307, { location: 'http://127.0.0.1:1/' });
  response.end();
};

/** A gigabyte, or as much of it as somebody reads. */
export const endless: Answering = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(64 * 1024, ' ');
  let left = 16_384;
  const write = (): void => {
    while (left > 0) {
      left -= 1;
      if (!response.write(chunk)) {
        response.once('drain', write);
        return;
      }
    }
    response.end('{}');
  };
  response.on('error', () => {});
  write();
};
