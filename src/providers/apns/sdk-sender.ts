import { setTimeout as pause } from 'node:timers/promises';
import type * as SdkModule from '@parse/node-apn';
import type {
  Notification as SdkNotification,
  Provider as SdkProvider,
  ProviderOptions,
  ResponseFailure,
} from '@parse/node-apn';
import type { Clock } from '../../domain/clock';
import type { ApnsEnvironment } from '../../domain/provider-table';
import type { Delivery } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { Settle } from '../provider';
import { networkFailure, SdkCalls, sdkFailure } from '../wire/sdk-calls';
import { clientIdentity } from './client-identity';
import type { ApnsCredential, ApnsEndpoint, ApnsOptions } from './options';
import { ApnsAnswers } from './outcomes';
import type { ApnsPayload } from './payload';
import type { ApnsSender, CreateApnsSenders } from './sender';

type Sdk = typeof SdkModule;

const expired = 'ExpiredProviderToken';
/** A new connection takes one push until it is answered, and node-apn writes all of them. */
const refusedRestMs = 50;

/**
 * Sends through @parse/node-apn (`providers.client: sdk`), with the same payloads and the same table of outcomes.
 * docs/sdk-client.md lists what it cannot do. Throws a TypeError for a URL or a proxy that the SDK cannot use.
 */
export async function sdkApnsSenders(options: ApnsOptions, clock: Clock): Promise<CreateApnsSenders> {
  // Most installations never load it.
  const sdk = await import('@parse/node-apn');
  return (credential) =>
    new Map(
      credential.environments.map((environment) => [
        environment,
        new SdkApnsSender(sdk, toSdkOptions(options, credential, environment), options.timeoutMs, clock),
      ]),
    );
}

/** Replaces the SDK's client after a call that got no answer: node-apn keeps a dead connection. */
class SdkApnsSender implements ApnsSender {
  #client: SdkProvider;
  readonly #answers = new ApnsAnswers();
  readonly #calls: SdkCalls;
  readonly #clock: Clock;
  readonly #sdk: Sdk;
  readonly #timeoutMs: number;

  constructor(sdk: Sdk, options: ProviderOptions, timeoutMs: number, clock: Clock) {
    this.#sdk = sdk;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    this.#client = new sdk.Provider(options);
    const onLate = (): void => {
      void this.#client.shutdown();
      this.#client = new sdk.Provider(options);
    };
    this.#calls = new SdkCalls(timeoutMs, onLate);
  }

  send<D extends Delivery>(
    delivery: D,
    payload: ApnsPayload,
    badge: number | null,
    startedAtMs: number,
    settle: Settle<D>,
  ): void {
    const untilMs = startedAtMs + this.#timeoutMs;
    const notification = toSdkNotification(new this.#sdk.Notification(), delivery, payload, badge);
    const attempts = (): Promise<Outcome> => this.#attempts(notification, delivery, untilMs);
    this.#calls.start(attempts, (outcome) => settle(delivery, outcome));
  }

  async close(deadlineMs: number): Promise<void> {
    await this.#calls.close(deadlineMs);
    void this.#client.shutdown();
  }

  /** Repeats only what Apple did not process: a refused stream, and once what it refused for an expired provider token. */
  async #attempts(notification: SdkNotification, delivery: Delivery, untilMs: number): Promise<Outcome> {
    for (let mayRenew = true; ;) {
      const outcome = await this.#attempt(notification, delivery);
      const reason = outcome.kind === 'unavailable' ? outcome.reason : '';
      const isExpired = reason === expired && mayRenew;
      if (isExpired) mayRenew = false;
      else if (!reason.includes('REFUSED_STREAM')) return outcome;
      if (this.#clock.monotonicMs() + refusedRestMs >= untilMs) return outcome;
      await pause(refusedRestMs);
    }
  }

  async #attempt(notification: SdkNotification, delivery: Delivery): Promise<Outcome> {
    try {
      const { failed } = await this.#client.send(notification, delivery.token);
      const [failure] = failed;
      if (failure === undefined) return { kind: 'accepted', receipt: delivery.id };
      return this.#outcomeOf(failure, delivery);
    } catch (error) {
      return networkFailure(String(error));
    }
  }

  #outcomeOf(failure: ResponseFailure & { readonly 'apns-id'?: string }, delivery: Delivery): Outcome {
    const { status, error, 'apns-id': id } = failure;
    if (typeof status !== 'number') return networkFailure(error?.message ?? 'failed');
    // Of these two node-apn keeps the status only.
    const said = failure.response ?? {
      reason: status === 500 ? 'InternalServerError' : expired,
    };
    const headers = {
      'content-type': 'application/json',
      ...(id === undefined ? {} : { 'apns-id': id }),
    };
    const response = { kind: 'response', status, headers, body: JSON.stringify(said) } as const;
    const isVoip = delivery.tokenKind === 'voip';
    const { outcomes, then } = this.#answers.read(response, delivery.id, isVoip, this.#clock.now());
    // node-apn has signed a new token for the next push.
    return then === 'renew_credential' ? sdkFailure(said.reason, false) : (outcomes[0] as Outcome);
  }
}

function toSdkNotification(
  notification: SdkNotification,
  delivery: Delivery,
  payload: ApnsPayload,
  badge: number | null,
): SdkNotification {
  const headers = payload.headersFor(delivery.id);
  notification.id = delivery.id;
  notification.topic = headers['apns-topic'] ?? '';
  notification.pushType = headers['apns-push-type'] as SdkNotification['pushType'];
  notification.priority = Number(headers['apns-priority']);
  notification.expiry = Number(headers['apns-expiration']);
  const collapseId = headers['apns-collapse-id'];
  if (collapseId !== undefined) notification.collapseId = collapseId;
  notification.rawPayload = JSON.parse(payload.body(badge).toString()) as object;
  return notification;
}

function toSdkOptions(
  { endpoints, timeoutMs, ca }: ApnsOptions,
  credential: ApnsCredential,
  environment: ApnsEnvironment,
): ProviderOptions {
  return {
    ...addressOf(endpoints[environment]),
    ...identityOf(credential),
    ...(ca === undefined ? {} : { ca: [ca] }),
    production: environment === 'production',
    requestTimeout: timeoutMs,
    // Only delivery retries.
    connectionRetryLimit: 0,
  };
}

function identityOf(credential: ApnsCredential): ProviderOptions {
  if (credential.kind !== 'token') return clientIdentity(credential);
  const { keyPem: key, keyId, teamId } = credential;
  return { token: { key, keyId, teamId } };
}

function addressOf({ url, proxyUrl }: ApnsEndpoint): ProviderOptions {
  const { protocol, hostname, port, pathname } = new URL(url);
  if (protocol !== 'https:' || pathname !== '/')
    throw new TypeError('@parse/node-apn reaches only https:// URLs without a path');
  const address = { address: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? 443 : Number(port) };
  if (proxyUrl === null) return address;
  const proxy = new URL(proxyUrl);
  if (proxy.username !== '' || proxy.password !== '')
    throw new TypeError('@parse/node-apn cannot authenticate to a proxy');
  return { ...address, proxy: { host: proxy.hostname, port: proxy.port === '' ? 80 : Number(proxy.port) } };
}
