import { join } from 'node:path';
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { freePort } from './free-port';

export interface ReceivedCall {
  readonly event: string;
  readonly data: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What a receiver does with a call: answers a status, fails with a code, or (null) stays silent. */
export type CallAnswer =
  | { readonly status: 'Success' | 'Error'; readonly data?: string | Buffer }
  | { readonly code: number }
  | null;

const definition = loadPackageDefinition(
  loadSync(join(__dirname, '../../proto/wkhook.proto'), { enums: String, defaults: true }),
);
const { service } = (definition['wkhook'] as unknown as { WebhookService: ServiceClientConstructor })
  .WebhookService;

/** A gRPC server that gets forwarded webhooks, like the one of TangSengDaoDao. */
export class FakeGrpcReceiver {
  readonly calls: ReceivedCall[] = [];
  answer: (call: ReceivedCall) => CallAnswer = () => ({ status: 'Success' });
  #waiting: (() => void)[] = [];
  #server: Server | null = null;

  private constructor(readonly port: number) {}

  static async start(): Promise<FakeGrpcReceiver> {
    const receiver = new FakeGrpcReceiver(await freePort());
    await receiver.up();
    return receiver;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `grpc://${this.host}`;
  }

  /** Resolves once so many calls have come. */
  async waitFor(count: number): Promise<readonly ReceivedCall[]> {
    while (this.calls.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.calls;
  }

  /** Nobody listens any more; connections are cut. */
  down(): void {
    this.#server?.forceShutdown();
    this.#server = null;
  }

  /** Listens, again on the same port. */
  async up(): Promise<void> {
    const server = new Server({ 'grpc.max_receive_message_length': 64 * 1024 ** 2 });
    server.addService(service, {
      SendWebhook: (
        { request, metadata }: ServerUnaryCall<{ event: string; data: Buffer }, object>,
        done: sendUnaryData<object>,
      ) => {
        const { event, data } = request;
        const call = { event, data: data.toString(), metadata: metadata.getMap() };
        const answer = this.answer(call);
        this.calls.push(call);
        for (const resolve of this.#waiting.splice(0)) resolve();
        if (answer === null) return;
        if ('code' in answer) done({ code: answer.code });
        else done(null, { status: answer.status, data: Buffer.from(answer.data ?? '') });
      },
    });
    await new Promise<void>((resolve, reject) =>
      server.bindAsync(this.host, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      ),
    );
    this.#server = server;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.down();
    return Promise.resolve();
  }
}
