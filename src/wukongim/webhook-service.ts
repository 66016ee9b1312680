import { join } from 'node:path';
import { loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** What a call brings: an event and its JSON, which the HTTP webhook has as its body. */
export interface EventRequest {
  readonly event: string;
  readonly data: Buffer;
}

/** `Success`: the event is delivered. */
export interface EventResponse {
  readonly status: 'Error' | 'Success';
  readonly data: Buffer;
}

/** Two folders above both `src/wukongim` and `dist/wukongim`. */
const protoFile = join(__dirname, '../../proto/wkhook.proto');
const definition = loadPackageDefinition(loadSync(protoFile, { enums: String, defaults: true }));

/** The webhook of WuKongIM v2 over gRPC, with the method `SendWebhook`: its client, and in `service` what a server needs. */
export const { WebhookService } = definition['wkhook'] as unknown as {
  readonly WebhookService: ServiceClientConstructor;
};
