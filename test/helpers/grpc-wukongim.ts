import { join } from 'node:path';
import type { Client } from '@grpc/grpc-js';
import { credentials, loadPackageDefinition, Metadata, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { RelayProcess } from './relay-process';

interface EventAnswer {
  readonly status: string;
  readonly data: Buffer;
}

const definition = loadPackageDefinition(
  loadSync(join(__dirname, '../../proto/wkhook.proto'), { enums: String, defaults: true }),
);
const { WebhookService } = definition['wkhook'] as unknown as {
  WebhookService: new (address: string, channel: ReturnType<typeof credentials.createInsecure>) => Client;
};

type Send = (
  request: { event: string; data: Buffer },
  metadata: Metadata,
  done: (error: ServiceError | null, answer: EventAnswer) => void,
) => void;

/** WuKongIM v2 as far as its webhook goes: a plaintext connection, one call at a time. */
export class GrpcWuKongIm {
  readonly #client: Client;

  /** `address`: its `webhook.grpcAddr`. */
  constructor(address: string) {
    this.#client = new WebhookService(address, credentials.createInsecure());
  }

  static of(relay: RelayProcess): GrpcWuKongIm {
    const line = relay.log.find(({ grpcAddress }) => typeof grpcAddress === 'string');
    return new GrpcWuKongIm(String(line?.['grpcAddress']));
  }

  /** Rejects with the call's error. */
  send(
    event: string,
    data: Buffer | string,
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<EventAnswer> {
    const sent = new Metadata();
    for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
    return new Promise((resolve, reject) => {
      (this.#client as unknown as { SendWebhook: Send }).SendWebhook(
        { event, data: Buffer.from(data) },
        sent,
        (error, answer) => {
          if (error === null) resolve(answer);
          else reject(error);
        },
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}
