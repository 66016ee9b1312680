/*
 * Open this file first: vendors report here what became of pushes that they had accepted. `receipt-reader.ts` is what a vendor's
 * form has to implement; `huawei-receipts.ts`, `xiaomi-receipts.ts` and `oppo-receipts.ts` do, with the times of
 * `receipt-time.ts` and the codes of `field-text.ts`.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../domain/clock';
import type { ProviderName } from '../domain/provider-table';
import type { ReceiptResult, ReceiptVerdict } from '../domain/outcome';
import { BodyPool } from '../http/body-pool';
import { BodyReader, declaredLength } from '../http/body-reader';
import { endAnswer } from '../http/farewell';
import { problemAnswer, type ProblemAnswer } from '../http/problem-answer';
import { requestIdOf } from '../http/request-id';
import type { ReceiptEvents } from '../observability/receipt-events';
import { Slice } from '../runtime/slice';
import { SecretSet } from '../shared/secret-set';
import type { SharedState } from '../store/ports/shared-state';
import type { ReceiptReader } from './receipt-reader';

export interface ReceiptOptions {
  /** Null: there is no such route. */
  readonly secret: string | null;
}

export interface ReceiptPorts {
  /** Null: the app has no such provider, or the vendor sends none. */
  readonly readerOf: (provider: string, app: string) => ReceiptReader | null;
  /** Acts on a verdict, as on an answer of the provider. */
  readonly report: (provider: ProviderName, app: string, verdict: ReceiptVerdict) => Promise<ReceiptResult>;
  readonly sharedState: Pick<SharedState, 'get' | 'set'>;
  readonly events: ReceiptEvents;
  readonly clock: Clock;
  readonly makeId: () => string;
}

const mostBytes = 256 * 1024;
const tooLarge = problemAnswer('body_too_large', `At most ${mostBytes} bytes.`);
/** Of receipts in memory at a time. */
const bodiesBytes = 8 * 1024 * 1024;
const path = /^\/receipts\/([^/?#]+)\/([^/?#]+)\/([^/?#]+)\/?(?:[?#]|$)/;
/** Longer than a signature is good for. */
const rememberedForMs = 20 * 60_000;

export type ReceiptHandler = ((request: IncomingMessage, response: ServerResponse) => void) & {
  readonly takes: (url: string | undefined) => boolean;
};

/** `POST /receipts/{provider}/{app}/{secret}`. A wrong secret is answered before a byte of the body is read. */
export function createReceiptHandler(options: ReceiptOptions, ports: ReceiptPorts): ReceiptHandler {
  const secrets = options.secret === null ? null : new SecretSet([options.secret]);
  const pool = new BodyPool(bodiesBytes);
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader('x-request-id', requestIdOf(request.headers['x-request-id'], ports.makeId));
    const [, provider = '', app = '', secret = ''] = (path.exec(request.url ?? '') ?? []).map(decoded);
    const isOpen = secrets?.has(secret) === true;
    const known = ports.readerOf(provider, app);
    // A vendor that still has the former address: nothing else would tell that its receipts are lost.
    if (known !== null && secrets !== null && !isOpen)
      ports.events.refused(provider as ProviderName, app, 'wrong_secret');
    const reader = isOpen ? known : null;
    if (reader === null) return refuse(response, problemAnswer('not_found', 'No such receipt address.'));
    if (request.method !== 'POST')
      return refuse(response, problemAnswer('method_not_allowed', 'Receipts are sent with POST.'), {
        allow: 'POST',
      });
    void readAndAnswer(ports, { provider: provider as ProviderName, app, reader }, request, response, pool);
  };
  return Object.assign(handle, {
    takes: (url: string | undefined) => url?.startsWith('/receipts/') === true,
  });
}

interface Address {
  readonly provider: ProviderName;
  readonly app: string;
  readonly reader: ReceiptReader;
}

async function readAndAnswer(
  ports: ReceiptPorts,
  address: Address,
  request: IncomingMessage,
  response: ServerResponse,
  pool: BodyPool,
): Promise<void> {
  const limits = { maxBytes: mostBytes, deadlineMs: null };
  if ((declaredLength(request) ?? 0) > mostBytes) return refuse(response, tooLarge);
  const bodyReader = new BodyReader(request, pool, limits);
  const body = await bodyReader.take();
  // What is read of it is bounded, and answered before long.
  bodyReader.share.release();
  switch (body.kind) {
    case 'read':
      return answer(ports, address, request, response, body.bytes);
    case 'too_large':
      return refuse(response, tooLarge);
    case 'too_slow':
      return refuse(response, problemAnswer('request_timeout', 'The receipt came too slowly.'));
    case 'aborted':
      return void response.destroy();
    default:
      body satisfies never;
  }
}

async function answer(
  ports: ReceiptPorts,
  { provider, app, reader }: Address,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): Promise<void> {
  const { events, clock } = ports;
  const reading = reader({ headers: request.headers, body, nowMs: clock.now() });
  switch (reading.kind) {
    case 'unauthorized':
      events.refused(provider, app, 'unauthorized');
      return send(
        response,
        problemAnswer('unauthenticated', 'The signature of the receipt is missing or wrong.'),
      );
    case 'malformed':
      events.refused(provider, app, 'malformed');
      return send(response, problemAnswer('invalid_request', `The body is no receipt: ${reading.detail}.`));
    case 'read':
      break;
    default:
      return reading satisfies never;
  }
  try {
    const mark = reading.once === null ? null : `receipt:${provider}:${app}:${reading.once}`;
    // A receipt that comes again changes nothing, but one that could not be worked off counts when it comes again.
    if (mark === null || (await ports.sharedState.get(mark)) === null)
      await reportAll(ports, provider, app, reading.verdicts);
    if (mark !== null) await ports.sharedState.set(mark, '1', rememberedForMs);
    const { contentType, body: text } = reading.answer;
    const headers = { 'content-type': contentType, 'content-length': String(Buffer.byteLength(text)) };
    send(response, { status: 200, headers, body: text });
  } catch (error) {
    events.failed(provider, app, error);
    send(response, problemAnswer('store_unavailable', 'The store does not answer; send the receipt again.'));
  }
}

async function reportAll(
  { report, events }: ReceiptPorts,
  provider: ProviderName,
  app: string,
  verdicts: readonly ReceiptVerdict[],
): Promise<void> {
  // A store that answers from memory would let nobody in between.
  const slice = new Slice();
  for (const verdict of verdicts) {
    events.verdict(provider, await report(provider, app, verdict));
    if (slice.isOver) await slice.rest();
  }
}

function refuse(
  response: ServerResponse,
  answered: ProblemAnswer,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(response, { ...answered, headers: { ...answered.headers, ...headers } });
}

function send(response: ServerResponse, { status, headers, body }: ProblemAnswer): void {
  if (response.destroyed || response.headersSent) return;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  endAnswer(response, body);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
