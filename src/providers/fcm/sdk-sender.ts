import { randomUUID } from 'node:crypto';
import { Agent } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Messaging, TokenMessage } from 'firebase-admin/messaging';
import type { Delivery } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import { connectWithin } from '../../transport/connect-within';
import { SocketOpener } from '../../transport/open-socket';
import { parseOrigin, parseProxy } from '../../transport/origin';
import type { Settle } from '../provider';
import { AccessTokens } from '../access-token/access-tokens';
import { errorText } from '../wire/error-text';
import { networkFailure, SdkCalls } from '../wire/sdk-calls';
import { accessTokenSource } from './credential/access-token-source';

import type { FcmRequest } from './message';
import type { FcmContext, FcmOptions } from './options';
import { outcomeOfSdkError } from './sdk-outcomes';
import type { FcmSender } from './sender';
import type { WireMessage } from './wire-message';

/** The SDK keeps a token until five minutes before its end. So it asks the relay's keeper, which renews it in time, for each push. */
const tokenLifeSeconds = 300;

/**
 * Sends through firebase-admin's `send` (`providers.client: sdk`), with the same messages and the same table of outcomes.
 * docs/sdk-client.md lists what it cannot do. Throws a TypeError for a URL that the SDK cannot reach.
 */
export class SdkFcmSender implements FcmSender {
  readonly #calls: SdkCalls;
  readonly #tokens: AccessTokens;
  readonly #messaging: Messaging;
  readonly #end: () => Promise<void>;
  #closed: Promise<void> | null = null;

  private constructor(
    options: FcmOptions,
    tokens: AccessTokens,
    messaging: Messaging,
    end: () => Promise<void>,
  ) {
    this.#calls = new SdkCalls(options.timeoutMs);
    this.#tokens = tokens;
    this.#messaging = messaging;
    this.#end = end;
  }

  static async create(options: FcmOptions, { clock, logger }: SenderContext): Promise<SdkFcmSender> {
    // Most installations never load it.
    const { initializeApp, deleteApp } = await import('firebase-admin/app');
    const { getMessaging } = await import('firebase-admin/messaging');
    const { timeoutMs, projectId } = options;
    const source = accessTokenSource(options, clock);
    const tokens = new AccessTokens({ provider: 'fcm', source, timeoutMs, clock, logger });
    const httpAgent = agentTo(options);
    const getAccessToken = async (): Promise<{ access_token: string; expires_in: number }> => {
      const result = await tokens.obtain();
      if (result.kind === 'refused') throw new Error('no access token');
      return { access_token: result.pass.value.replace(/^Bearer /, ''), expires_in: tokenLifeSeconds };
    };
    const app = initializeApp(
      { projectId, credential: { getAccessToken }, httpAgent },
      `${options.app}/${randomUUID()}`,
    );
    return new SdkFcmSender(options, tokens, getMessaging(app), async () => {
      httpAgent.destroy();
      await deleteApp(app);
    });
  }

  send<D extends Delivery>(
    delivery: D,
    message: FcmRequest,
    badge: number | null,
    _startedAtMs: number,
    settle: Settle<D>,
  ): void {
    const { message: sent, validate_only: isCheck = false } = JSON.parse(
      message.body(delivery, badge).toString(),
    ) as { readonly message: WireMessage; readonly validate_only?: boolean };
    const attempts = (): Promise<Outcome> => this.#attempts(toSdkMessage(sent), isCheck);
    this.#calls.start(attempts, (outcome) => settle(delivery, outcome));
  }

  close(deadlineMs: number): Promise<void> {
    this.#closed ??= this.#calls.close(deadlineMs).then(this.#end);
    return this.#closed;
  }

  /** Renews an access token that Google refuses, once. */
  async #attempts(message: TokenMessage, isCheck: boolean): Promise<Outcome> {
    const credential = await this.#tokens.obtain();
    if (credential.kind === 'refused') return credential.outcome;
    const outcome = await this.#attempt(message, isCheck);
    if (outcome.kind !== 'misconfigured') return outcome;
    const renewed = await this.#tokens.renew(credential.pass);
    if (renewed.kind === 'refused') return renewed.outcome;
    return renewed.pass.generation === credential.pass.generation ? outcome : this.#attempt(message, isCheck);
  }

  async #attempt(message: TokenMessage, isCheck: boolean): Promise<Outcome> {
    try {
      return { kind: 'accepted', receipt: await this.#messaging.send(message, isCheck) };
    } catch (error) {
      const [code, said] = [errorText(error, 'code') ?? '', errorText(error, 'message') ?? 'failed'];
      return outcomeOfSdkError(code, said) ?? networkFailure(said);
    }
  }
}

type SenderContext = Pick<FcmContext, 'clock' | 'logger'>;

/** The SDK wants a life in milliseconds and a priority in small letters, and writes the rest as it is. */
function toSdkMessage({ android, ...message }: WireMessage): TokenMessage {
  if (android === undefined) return message;
  const { ttl, priority, ...rest } = android;
  return {
    ...message,
    android: { ...rest, ttl: Number.parseInt(ttl) * 1000, priority: priority === 'HIGH' ? 'high' : 'normal' },
  };
}

/** The SDK knows no host but Google's, so its sockets are led to the configured one, and through the proxy. */
function agentTo({ url, proxyUrl, ca, connections, timeoutMs }: FcmOptions): Agent {
  const origin = parseOrigin(url);
  if (!origin.secure || origin.pathPrefix !== '')
    throw new TypeError('firebase-admin reaches only https:// URLs without a path');
  const proxy = proxyUrl === null ? null : parseProxy(proxyUrl);
  const opener = new SocketOpener(origin, proxy, { tls: ca === undefined ? {} : { ca } }, 'http/1.1');
  const agent = new Agent({ keepAlive: true, maxSockets: connections.max });
  agent.createConnection = (_, done) => {
    connectWithin(opener, timeoutMs, (error, socket) => done?.(error, socket as Duplex));
    return undefined;
  };
  return agent;
}
