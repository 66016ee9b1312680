import { z } from 'zod';
import { key } from '../key';
import { list } from '../leaves/lists';
import { lifetimeSeconds, milliseconds } from '../leaves/numbers';
import { secretText } from '../leaves/secrets';
import { text } from '../leaves/texts';
import { receiverUrl } from '../leaves/urls';
import type { Secret } from '../secret';
import type { ProxyChoice } from './endpoint';

/** A receiver of webhooks beside the relay. */
export interface ForwardConfig {
  readonly url: Secret;
  /** Names of events; null: all but `msg.offline`. */
  readonly events: readonly string[] | null;
  /** CONNECT proxy of an `https://` receiver, by the environment; null: directly. */
  readonly proxyUrl: Secret | null;
  readonly secret: Secret | null;
  readonly timeoutMs: number;
  /** Null: by the event. */
  readonly maxAgeMs: number | null;
  readonly answers: readonly string[];
}

const eventName = () => text('the name of an event, like msg.notify', /^[a-z][\w.-]{0,63}$/i);

const receiverSchema = z.strictObject({
  url: key(receiverUrl(), { secret: true }),
  events: list(eventName()).nullable().default(null),
  secret: key(
    secretText('a text without control characters', /^[^\p{Cc}]+$/u)
      .nullable()
      .default(null),
    {
      secret: true,
    },
  ),
  timeout_ms: milliseconds({ min: 1, max: 60_000 }).default(10_000),
  max_age: lifetimeSeconds({ min: 1 }).nullable().default(null),
  answers: list(eventName()).default(['msg.before_send']),
});

const mostReceivers = 16;

export const forwardSchema = z
  .array(receiverSchema)
  .min(1, { error: 'at least one receiver; leave the key out to forward nothing' })
  .max(mostReceivers, { error: `at most ${mostReceivers} receivers` })
  .default([]);

export function toForwardConfig(
  section: z.output<typeof forwardSchema>,
  proxies: ProxyChoice,
): readonly ForwardConfig[] {
  return section.map(({ url, events, secret, timeout_ms, max_age, answers }) => ({
    url,
    events,
    proxyUrl: proxies.forUrl(url.reveal(), null),
    secret,
    timeoutMs: timeout_ms,
    maxAgeMs: max_age === null ? null : max_age * 1000,
    answers,
  }));
}
