import { constants, type ServerHttp2Stream } from 'node:http2';
import { WebhookService, type EventRequest, type EventResponse } from '../wukongim/webhook-service';

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export const grpcStatus = {
  ok: 0,
  invalidArgument: 3,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

export interface CallFault {
  readonly status: number;
  readonly detail: string;
  /** The sender left in the middle of its message: http2 ends a stream of a connection that breaks. */
  readonly isCutShort?: boolean;
}

interface Method {
  readonly path: string;
  readonly requestDeserialize: (bytes: Buffer) => EventRequest;
  readonly responseSerialize: (answer: EventResponse) => Buffer;
}

const method = WebhookService.service['SendWebhook'] as unknown as Method;
export const callPath = method.path;

/** A byte that tells of compression, and four of the length: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const prefixBytes = 5;

/** The one message that a call brings, out of all its bytes. */
export function readMessage(bytes: Buffer): EventRequest | CallFault {
  const announced = bytes.length < prefixBytes ? Infinity : bytes.readUInt32BE(1);
  const isCutShort = bytes.length - prefixBytes < announced;
  if (isCutShort || bytes.length - prefixBytes > announced)
    return { status: grpcStatus.internal, detail: 'a call brings one whole message', isCutShort };
  if (bytes[0] !== 0)
    return { status: grpcStatus.unimplemented, detail: 'the message must not be compressed' };
  try {
    return method.requestDeserialize(bytes.subarray(prefixBytes));
  } catch {
    return { status: grpcStatus.internal, detail: 'the message is no EventReq' };
  }
}

export function answerCall(stream: ServerHttp2Stream, answer: EventResponse): void {
  if (isGone(stream)) return;
  const message = method.responseSerialize(answer);
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  stream.respond(head, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(grpcStatus.ok) }));
  stream.end(Buffer.concat([prefix, message]));
}

/** Ends the call, and what still comes of it is not read. `detail` in ASCII without %. */
export function refuseCall(stream: ServerHttp2Stream, status: number, detail: string): void {
  if (isGone(stream)) return;
  stream.respond({ ...head, 'grpc-status': String(status), 'grpc-message': detail }, { endStream: true });
  stream.close(constants.NGHTTP2_NO_ERROR);
}

function isGone(stream: ServerHttp2Stream): boolean {
  return stream.destroyed || stream.closed || stream.headersSent;
}

const head = {
  ':status': 200,
  'content-type': 'application/grpc+proto',
  'grpc-accept-encoding': 'identity',
} as const;
