import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Random } from '../domain/clock';
import type { PresenceChange } from '../domain/presence';
import type { WebhookEvents } from '../observability/webhook-events';
import { BodyPool } from '../http/body-pool';
import { BodyReader, declaredLength } from '../http/body-reader';
import type { ForeignSign } from '../http/local-caller';
import { problemAnswer } from '../http/problem-answer';
import { SpareBuffers } from '../http/spare-buffers';
import type { DeadLetters } from '../store/ports/dead-letters';
import type { Inbox } from '../store/ports/inbox';
import { Authentication } from './authentication';
import type { Verdict } from './authentication';
import { BodyIds, randomDigits } from './body-ids';
import { BrokenBodies } from './broken-bodies';
import { broken } from './decode/decode-failure';
import type { DecodeFailure } from './decode/decode-failure';
import { Exchange } from './exchange';
import { eventLabel, Intake } from './intake';
import type { IntakePorts, IntakeResult, ReceivedEvent } from './intake';
import { defaultMaxInflatedBytes } from './decode/inflate';
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
  /** 500. */
  readonly entryMaxRecipients: number;
  /** What a compressed recipient list may become; 16 MiB by default. */
  readonly maxInflatedBytes?: number;
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
  readonly marksOf?: IntakePorts['marksOf'];
  readonly handOver?: IntakePorts['handOver'];
}

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
}

/** Of bodies whose sender only their signature can prove, beside those of proven senders. */
const unprovenShare = 1 / 16;
const unprovenDeadlineMs = 10_000;
const notLocal =
  'Without a webhook secret only this machine may call: the Host must be a loopback name or address, and no Origin a foreign one. Set webhook.secrets (WEBHOOK_SECRET).';
const ownRequestId = /^[\w.:-]{1,128}$/;

/**
 * `POST /webhook`: authenticate, read, decode, make durable, answer 200 with an empty body. Nothing that a sender or the
 * store does makes it throw; what is not durable is answered 503.
 */
class WebhookReceiver {
  private readonly authentication: Authentication;
  private readonly proven: BodyPool;
  private readonly unproven: BodyPool;
  private readonly spares = new SpareBuffers();
  private readonly intake: Intake;
  private readonly brokenBodies: BrokenBodies;
  private readonly draining: () => boolean;
  private readonly instance: string;
  private requests = 0;

  constructor(
    private readonly options: WebhookOptions,
    private readonly ports: WebhookPorts,
  ) {
    const { clock, random, events } = ports;
    const ids = new BodyIds(clock, random);
    this.authentication = new Authentication({
      ...options,
      allowUnauthenticated: options.allowUnauthenticated ?? false,
    });
    const { maxInflightBytes } = options;
    this.proven = new BodyPool(maxInflightBytes);
    this.unproven = new BodyPool(maxInflightBytes * unprovenShare);
    this.intake = new Intake(
      { ...options, maxInflatedBytes: options.maxInflatedBytes ?? defaultMaxInflatedBytes },
      {
        inbox: ports.inbox,
        presence: ports.presence,
        events,
        ids,
        marksOf: ports.marksOf,
        handOver: ports.handOver,
      },
    );
    this.brokenBodies = new BrokenBodies(ports.deadLetters, ids, events);
    this.draining = options.draining ?? (() => false);
    this.instance = randomDigits(random, 8);
    events.observeBodies(() => this.load());
  }

  receive(request: IncomingMessage, response: ServerResponse, continueWanted: boolean): void {
    const exchange = new Exchange(
      { clock: this.ports.clock, events: this.ports.events, draining: this.draining },
      request,
      response,
      this.requestIdOf(request),
    );
    this.process(exchange, continueWanted).catch((error: unknown) => {
      this.ports.events.notDurable({ requestId: exchange.requestId, event: exchange.label }, error);
      exchange.refuse(503, 'unavailable');
    });
  }

  private async process(exchange: Exchange, continueWanted: boolean): Promise<void> {
    const { request } = exchange;
    const head = headOf(request);
    const target = parseTarget(head.url);
    if (target === null) return exchange.refuse(404, 'not_found');
    if (head.method !== 'POST') return exchange.refuse(405, 'method_not_allowed', { Allow: 'POST' });
    const verdict = this.authentication.check(head, target);
    if (verdict.kind === 'refused') return this.refuseStranger(exchange, verdict.reason);
    if (verdict.kind === 'foreign') return this.refuseForeign(exchange, verdict.sign);
    exchange.label = eventLabel(target.event);
    if ((declaredLength(request) ?? 0) > this.options.maxBodyBytes)
      return this.refuseTooLarge(exchange, verdict);

    if (continueWanted) exchange.response.writeContinue();
    const isTrusted = verdict.kind === 'trusted';
    const reader = new BodyReader(request, isTrusted ? this.proven : this.unproven, this.spares, {
      maxBytes: this.options.maxBodyBytes,
      deadlineMs: isTrusted ? null : unprovenDeadlineMs,
    });
    try {
      const body = await reader.take();
      switch (body.kind) {
        case 'read':
          await this.acceptBody(exchange, verdict, target.event, body.bytes);
          return this.spares.giveBack(body.bytes);
        case 'too_large':
          return this.refuseTooLarge(exchange, verdict);
        case 'too_slow':
          return this.refuseTooSlow(exchange, verdict);
        case 'aborted':
          if (verdict.kind === 'trusted')
            this.ports.events.requestAborted({ requestId: exchange.requestId, event: exchange.label });
          return exchange.aborted();
        default:
          body satisfies never;
      }
    } finally {
      reader.share.release();
    }
  }

  private async acceptBody(
    exchange: Exchange,
    verdict: Exclude<Verdict, { kind: 'refused' | 'foreign' }>,
    name: string | null,
    bytes: Buffer,
  ): Promise<void> {
    if (verdict.kind === 'signature' && !this.authentication.isSignatureOf(bytes, verdict.digest))
      return this.refuseStranger(exchange, 'signature');
    const { requestId, label, startedAtMs: receivedAtMs } = exchange;
    const event: ReceivedEvent = { requestId, label, name, receivedAtMs, bytes };
    const encoding = exchange.request.headers['content-encoding'];
    const result: IntakeResult =
      encoding !== undefined && encoding !== 'identity'
        ? { kind: 'invalid', failure: broken('encoding', '$', 'a body without content-encoding').failure }
        : await this.intake.accept(event);
    if (result.kind !== 'invalid') return exchange.answer(200, result.kind);
    await this.keepBroken(event, result.failure);
    exchange.answer(400, 'invalid');
  }

  load(): BodiesLoad {
    const { proven, unproven } = this;
    return { bytes: proven.usedBytes + unproven.usedBytes, waiting: proven.waiting + unproven.waiting };
  }

  private keepBroken(
    { requestId, label, receivedAtMs, bytes }: ReceivedEvent,
    failure: DecodeFailure,
  ): Promise<void> {
    return this.brokenBodies.keep({ requestId, event: label, receivedAtMs, bytes, failure });
  }

  private refuseStranger(exchange: Exchange, reason: 'address' | 'secret' | 'signature'): void {
    const address = this.authentication.addressOf(headOf(exchange.request));
    this.ports.events.strangerRefused({ requestId: exchange.requestId, reason, address });
    exchange.refuse(401, 'unauthorized', { 'WWW-Authenticate': 'Basic realm="webhook"' });
  }

  private refuseForeign(exchange: Exchange, { header, value }: ForeignSign): void {
    this.ports.events.foreignRefused({ requestId: exchange.requestId, header, value });
    const { headers, body } = problemAnswer('not_local', notLocal);
    exchange.refuse(403, 'forbidden', headers, body);
  }

  private refuseTooLarge(exchange: Exchange, verdict: Verdict): void {
    // A stranger's event is none that was lost.
    if (verdict.kind === 'trusted') {
      this.ports.events.bodyTooLarge({
        requestId: exchange.requestId,
        event: exchange.label,
        lengthBytes: declaredLength(exchange.request),
        maxBytes: this.options.maxBodyBytes,
      });
    }
    exchange.refuse(413, 'too_large');
  }

  private refuseTooSlow(exchange: Exchange, verdict: Verdict): void {
    const { requestId, label } = exchange;
    if (verdict.kind === 'trusted') this.ports.events.bodyTooSlow({ requestId, event: label });
    exchange.refuse(408, 'too_slow');
  }

  private requestIdOf(request: IncomingMessage): string {
    const given = request.headers['x-request-id'];
    if (typeof given === 'string' && ownRequestId.test(given)) return given;
    return `${this.instance}-${(this.requests++).toString(36)}`;
  }
}

export function createWebhookHandler(options: WebhookOptions, ports: WebhookPorts): WebhookHandler {
  const receiver = new WebhookReceiver(options, ports);
  return Object.assign(
    (request: IncomingMessage, response: ServerResponse): void => receiver.receive(request, response, false),
    {
      takes: isWebhookPath,
      load: () => receiver.load(),
      checkContinue: (request: IncomingMessage, response: ServerResponse): void =>
        receiver.receive(request, response, true),
    },
  );
}
