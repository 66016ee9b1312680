import type { Config } from '../../config/config';
import type { GrpcServer } from '../../http/grpc-server';
import type { WebhookEvents } from '../../observability/webhook-events';
import type { ForwardAnswer } from '../../webhook/forward-port';
import type { EventResponse } from '../../wukongim/webhook-service';
import { AddressSet, normalizeAddress } from '../../shared/address-set';
import type { WebhookHandler } from '../../webhook/handler';

/** The gRPC webhook; null: not configured. Its library is loaded only where it is wanted. */
export async function createGrpcWebhook(
  { server, webhook }: Config,
  handler: WebhookHandler,
  events: Pick<WebhookEvents, 'strangerRefused'>,
): Promise<GrpcServer | null> {
  if (server.grpcPort === null) return null;
  const { GrpcServer } = await import('../../http/grpc-server.js');
  const allowed = new AddressSet(webhook.allowFrom);
  return new GrpcServer({
    host: server.host,
    port: server.grpcPort,
    mayCall: (peer) => {
      const address = normalizeAddress(peer);
      return allowed.isEmpty || (address !== null && allowed.has(address));
    },
    refused: (address) => events.strangerRefused({ requestId: '', reason: 'address', address }),
    read: (source) => handler.readCall(source),
    unread: (cause) => handler.tellUnread(cause),
    take: async (name, data, share, metadata) => {
      const { result, answer } = await handler.takeCall(name, data, share, metadata);
      if (result === 'invalid' || result === 'unavailable') return { kind: result };
      return { kind: 'answered', answer: overGrpc(answer) };
    },
  });
}

/** What a receiver has answered over HTTP: only a 2xx grants what it was asked. */
function overGrpc(answer: ForwardAnswer | null): EventResponse {
  const isGranted = answer === null || (answer.status >= 200 && answer.status < 300);
  return { status: isGranted ? 'Success' : 'Error', data: Buffer.from(answer?.body ?? '') };
}
