/*
 * Open this file first: it answers one webhook request. `target.ts` and `request-head.ts` read its head, `authentication.ts`
 * and `client-address.ts` decide who may call. `intake.ts` decodes the body with `decode/` and stores the event before the 200.
 * `exchange.ts` is the request and its one answer. `broken-bodies.ts` keeps malformed bodies as dead letters.
 * `in-span.ts` reports the request to OpenTelemetry, `delivery-port.ts` is how a stored event reaches the delivery engine of the same process, `forward-port.ts` how an event reaches other receivers, and `one-by-one.ts` limits large
 * bodies to one at a time.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Random } from '../domain/clock';
import type { PresenceChange } from '../domain/presence';
import type { Spans } from '../observability/spans/spans';
import type { WebhookEvents } from '../observability/webhook-events';
import { BodyPool, type BodyShare } from '../http/body-pool';
import { BodyReader, declaredLength, type BodySource } from '../http/body-reader';
import type { ForeignSign } from '../http/local-caller';
import { problemAnswer } from '../http/problem-answer';
import { requestIdOf } from '../http/request-id';
import { createIds } from '../shared/ids';
import type { DeadLetters } from '../store/ports/dead-letters';
import type { Inbox } from '../store/ports/inbox';
import { Authentication } from './authentication';
import type { Verdict } from './authentication';
import { BrokenBodies } from './broken-bodies';
import { broken } from './decode/decode-failure';
import type { DecodeFailure } from './decode/decode-failure';
import { Exchange, type ExchangeContext } from './exchange';
import { relayPseudonym, type ForwardAnswer, type ForwardedEvent, type ForwardPort } from './forward-port';
import { eventLabel, Intake } from './intake';
import type { IntakePorts, ReceivedEvent } from './intake';
import { headerOf, inSpan, overGrpc, overHttp, type CallMetadata, type TakenEvent } from './in-span';
import { isWebhookPath, parseTarget } from './target';
import { headOf } from './request-head';

export interface WebhookOptions {
  readonly secrets: readonly string[];
  /** CIDRs. */
  readonly allowFrom: readonly string[];
  /** CIDRs. */
  readonly trustedProxies: readonly string[];
  /** Without secrets and networks, callers from anywhere, and not only of this machine; false unless said. */
  readonly allowUnauthenticated?: boolean;
  readonly maxBodyBytes: number;
  readonly maxInflightBytes: number;
  /** Recipients up to which an event goes by the direct lane: 20. */
  readonly directLaneMax: number;
  /** True from the begin of the drain: answers then close their connection. */
  readonly draining?: () => boolean;
}

export interface WebhookPorts {
  readonly inbox: Pick<Inbox, 'append'>;
  readonly presence: { apply(changes: readonly PresenceChange[]): Promise<void> };
  readonly deadLetters: Pick<DeadLetters, 'add'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: WebhookEvents;
  readonly delivery: IntakePorts['delivery'];
  readonly journey: IntakePorts['journey'];
  /** Null: nobody collects them. */
  readonly spans: Spans | null;
  /** Null: nobody else gets the webhooks. */
  readonly forward: ForwardPort | null;
}

export type UnreadCall = 'too_large' | 'too_slow' | 'aborted';

/** Of request bodies now. */
export interface BodiesLoad {
  readonly bytes: number;
  /** Bodies that are not read because there is no room. */
  readonly waiting: number;
}

export interface WebhookHandler {
  /** A plain listener of node:http, which the API mounts on its Express app. */
  (request: IncomingMessage, response: ServerResponse): void;
  /** True for the request targets that are the webhook's. */
  readonly takes: (url: string | undefined) => boolean;
  /**
   * For the server's `checkContinue` event: asks for the body only once the sender is known. Without it Node asks for
   * every body itself.
   */
  readonly checkContinue: (request: IncomingMessage, response: ServerResponse) => void;
  readonly load: () => BodiesLoad;
  readonly setSecrets: (secrets: readonly string[]) => void;
  /** Of a caller who may call over gRPC: in the memory of all webhooks. Whoever takes it releases its share. */
  readonly readCall: (source: BodySource) => BodyReader;
  /** Of such a call: its event is lost. */
  readonly tellUnread: (cause: UnreadCall) => void;
  /** An event that came over gRPC, from a caller who may call. Never rejects. */
  readonly takeCall: WebhookReceiver['takeCall'];
}

/** Of bodies whose sender only their signature can prove, beside those of proven senders. */
const unprovenShare = 1 / 16;
const unprovenDeadlineMs = 10_000;
/** As long as a request has. */
const callDeadlineMs = 300_000;
/** As WuKongIM sends it over HTTP; a call over gRPC has none, and a receiver by HTTP may insist on one. */
const usualContentType = 'application/json';
const notLocal =
  'Without a webhook secret only this machine may call: the Host must be a loopback name or address, and no Origin a foreign one. Set webhook.secrets (WEBHOOK_SECRET).';

/**
 * `POST /webhook`: authenticate, read, decode, make durable, answer 200 with an empty body. Nothing that a sender or the
 * store does makes it throw; what is not durable is answered 503.
 */
class WebhookReceiver {
  readonly #authentication: Authentication;
  readonly #proven: BodyPool;
  readonly #unproven: BodyPool;
  readonly #context: ExchangeContext;
  readonly #intake: Intake;
  readonly #brokenBodies: BrokenBodies;
  readonly #makeId: () => string;
  readonly #options: WebhookOptions;
  readonly #ports: WebhookPorts;

  constructor(options: WebhookOptions, ports: WebhookPorts) {
    this.#options = options;
    this.#ports = ports;

    const { clock, random, events } = ports;
    this.#makeId = createIds(clock, random);
    this.#authentication = new Authentication({
      ...options,
      allowUnauthenticated: options.allowUnauthenticated ?? false,
    });
    const { maxInflightBytes } = options;
    this.#proven = new BodyPool(maxInflightBytes);
    this.#unproven = new BodyPool(maxInflightBytes * unprovenShare);
    this.#intake = new Intake(options, {
      inbox: ports.inbox,
      presence: ports.presence,
      events,
      makeId: this.#makeId,
      delivery: ports.delivery,
      journey: ports.journey,
    });
    this.#brokenBodies = new BrokenBodies(ports.deadLetters, this.#makeId, events);
    this.#context = { clock, events, draining: options.draining ?? (() => false) };
    events.observeBodies(() => this.load());
  }

  receive(request: IncomingMessage, response: ServerResponse, continueWanted: boolean): void {
    const requestId = requestIdOf(request.headers['x-request-id'], this.#makeId);
    const exchange = new Exchange(this.#context, request, response, requestId);
    this.#process(exchange, continueWanted).catch((error: unknown) => {
      this.#ports.events.notDurable({ requestId: exchange.requestId, webhookEvent: exchange.label }, error);
      exchange.refuse(503, 'unavailable');
    });
  }

  async #process(exchange: Exchange, continueWanted: boolean): Promise<void> {
    const { request } = exchange;
    const head = headOf(request);
    const target = parseTarget(head.url);
    if (target === null) return exchange.refuse(404, 'not_found');
    if (head.method !== 'POST') return exchange.refuse(405, 'method_not_allowed', { Allow: 'POST' });
    const verdict = this.#authentication.check(head, target);
    if (verdict.kind === 'refused') return this.#refuseStranger(exchange, verdict.reason);
    if (verdict.kind === 'foreign') return this.#refuseForeign(exchange, verdict.sign);
    exchange.label = eventLabel(target.event);
    if ((declaredLength(request) ?? 0) > this.#options.maxBodyBytes)
      return this.#refuseTooLarge(exchange, verdict);

    if (continueWanted) exchange.response.writeContinue();
    const isTrusted = verdict.kind === 'trusted';
    const reader = new BodyReader(request, isTrusted ? this.#proven : this.#unproven, {
      maxBytes: this.#options.maxBodyBytes,
      deadlineMs: isTrusted ? null : unprovenDeadlineMs,
    });
    try {
      const body = await reader.take();
      switch (body.kind) {
        case 'read':
          return await this.#acceptBody(exchange, verdict, target.event, body.bytes, reader.share);
        case 'too_large':
          return this.#refuseTooLarge(exchange, verdict);
        case 'too_slow':
          return this.#refuseTooSlow(exchange, verdict);
        case 'aborted':
          if (verdict.kind === 'trusted')
            this.#ports.events.requestAborted({
              requestId: exchange.requestId,
              webhookEvent: exchange.label,
            });
          return exchange.aborted();
        default:
          body satisfies never;
      }
    } finally {
      reader.share.release();
    }
  }

  async #acceptBody(
    exchange: Exchange,
    verdict: Exclude<Verdict, { kind: 'refused' | 'foreign' }>,
    name: string | null,
    bytes: Buffer,
    share: BodyShare,
  ): Promise<void> {
    if (verdict.kind === 'signature' && !this.#authentication.isSignatureOf(bytes, verdict.digest))
      return this.#refuseStranger(exchange, 'signature');
    const { requestId, label, receivedAtMs } = exchange;
    const event: ReceivedEvent = { requestId, label, name, receivedAtMs, bytes, share };
    const encoding = exchange.request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      await this.#keepBroken(event, broken('encoding', '$', 'a body without content-encoding').failure);
      return exchange.answer(400, 'invalid');
    }
    const { headers } = exchange.request;
    // Or two relays that name each other, or one that names itself, send one event for ever.
    const wasForwarded = headers.via?.includes(relayPseudonym) === true;
    const { result, answer } = await inSpan(
      this.#ports.spans,
      event,
      headerOf(headers.traceparent),
      overHttp,
      (inside) => this.#take(inside, headers['content-type'] ?? null, wasForwarded),
    );
    if (answer !== null) exchange.pass(answer);
    else exchange.answer(result === 'invalid' ? 400 : 200, result);
  }

  readCall(source: BodySource): BodyReader {
    const maxBytes = this.#options.maxBodyBytes;
    return new BodyReader(source, this.#proven, { maxBytes, deadlineMs: callDeadlineMs });
  }

  /** The event of such a call is lost: nobody knows its name, which comes with its bytes. */
  tellUnread(cause: UnreadCall): void {
    const { events } = this.#ports;
    const fields = { requestId: this.#makeId(), webhookEvent: 'none' } as const;
    if (cause === 'aborted') events.requestAborted(fields);
    else if (cause === 'too_slow') events.bodyTooSlow(fields);
    else events.bodyTooLarge({ ...fields, lengthBytes: null, maxBytes: this.#options.maxBodyBytes });
    events.answered('none', cause, 0);
  }

  /** An event that came over gRPC, from a caller who may call. Never rejects. */
  async takeCall(name: string, bytes: Buffer, share: BodyShare, metadata: CallMetadata): Promise<TakenEvent> {
    const { clock, events } = this.#ports;
    const startedAtMs = clock.monotonicMs();
    const label = eventLabel(name === '' ? null : name);
    const requestId = this.#makeId();
    let taken: TakenEvent = { result: 'unavailable', answer: null };
    try {
      const receivedAtMs = clock.now();
      const event = { requestId, label, name: name === '' ? null : name, receivedAtMs, bytes, share };
      taken = await inSpan(this.#ports.spans, event, metadata.traceparent, overGrpc, (inside) =>
        this.#take(inside, usualContentType, metadata.wasForwarded),
      );
    } catch (error) {
      events.notDurable({ requestId, webhookEvent: label }, error);
    }
    events.answered(label, taken.result, Math.max(0, clock.monotonicMs() - startedAtMs));
    return taken;
  }

  /** Resolves once the event is durable, or is kept as a malformed one. Rejects with StoreUnavailableError. */
  async #take(event: ReceivedEvent, contentType: string | null, wasForwarded: boolean): Promise<TakenEvent> {
    const { requestId, name, label } = event;
    const { forward, events } = this.#ports;
    const isWanted = forward !== null && name !== null && (forward.wants(name) || forward.answers(name));
    if (isWanted && wasForwarded) events.notForwardedAgain({ requestId, webhookEvent: label });
    const isForwarded = isWanted && !wasForwarded;
    // The relay itself has no use for an event that it does not know.
    if (isForwarded && label === 'unknown')
      return { result: 'forwarded', answer: await this.#forward(forward, { ...event, name, contentType }) };
    const taken = await this.#intake.accept(event);
    if (taken.kind === 'invalid') {
      await this.#keepBroken(event, taken.failure);
      return { result: 'invalid', answer: null };
    }
    const answer = isForwarded ? await this.#forward(forward, { ...event, name, contentType }) : null;
    return { result: taken.kind, answer };
  }

  /** The answer of the receiver, where the event asks for one; null: none. */
  async #forward(forward: ForwardPort, event: ReceivedEvent & ForwardedEvent): Promise<ForwardAnswer | null> {
    if (forward.wants(event.name)) await forward.keep(event);
    if (!forward.answers(event.name)) return null;
    // No other body waits until this receiver answers: what waits for answers has a bound of its own.
    event.share.release();
    return forward.ask(event);
  }

  setSecrets(secrets: readonly string[]): void {
    this.#authentication.setSecrets(secrets);
  }

  load(): BodiesLoad {
    const proven = this.#proven;
    const unproven = this.#unproven;
    return { bytes: proven.usedBytes + unproven.usedBytes, waiting: proven.waiting + unproven.waiting };
  }

  #keepBroken(
    { requestId, label, receivedAtMs, bytes }: ReceivedEvent,
    failure: DecodeFailure,
  ): Promise<void> {
    return this.#brokenBodies.keep({ requestId, event: label, receivedAtMs, bytes, failure });
  }

  #refuseStranger(exchange: Exchange, reason: 'address' | 'secret' | 'signature'): void {
    const address = this.#authentication.addressOf(headOf(exchange.request));
    this.#ports.events.strangerRefused({ requestId: exchange.requestId, reason, address });
    exchange.refuse(401, 'unauthorized', { 'WWW-Authenticate': 'Basic realm="webhook"' });
  }

  #refuseForeign(exchange: Exchange, { header, value }: ForeignSign): void {
    this.#ports.events.foreignRefused({ requestId: exchange.requestId, header, value });
    const { headers, body } = problemAnswer('not_local', notLocal);
    exchange.refuse(403, 'forbidden', headers, body);
  }

  #refuseTooLarge(exchange: Exchange, verdict: Verdict): void {
    // A stranger's event is none that was lost.
    if (verdict.kind === 'trusted') {
      this.#ports.events.bodyTooLarge({
        requestId: exchange.requestId,
        webhookEvent: exchange.label,
        lengthBytes: declaredLength(exchange.request),
        maxBytes: this.#options.maxBodyBytes,
      });
    }
    exchange.refuse(413, 'too_large');
  }

  #refuseTooSlow(exchange: Exchange, verdict: Verdict): void {
    const { requestId, label } = exchange;
    if (verdict.kind === 'trusted') this.#ports.events.bodyTooSlow({ requestId, webhookEvent: label });
    exchange.refuse(408, 'too_slow');
  }
}

export function createWebhookHandler(options: WebhookOptions, ports: WebhookPorts): WebhookHandler {
  const receiver = new WebhookReceiver(options, ports);
  return Object.assign(
    (request: IncomingMessage, response: ServerResponse): void => receiver.receive(request, response, false),
    {
      takes: isWebhookPath,
      load: () => receiver.load(),
      setSecrets: (secrets: readonly string[]) => receiver.setSecrets(secrets),
      readCall: (source: BodySource) => receiver.readCall(source),
      tellUnread: (cause: UnreadCall) => receiver.tellUnread(cause),
      takeCall: (...call: Parameters<WebhookReceiver['takeCall']>) => receiver.takeCall(...call),
      checkContinue: (request: IncomingMessage, response: ServerResponse): void =>
        receiver.receive(request, response, true),
    },
  );
}
