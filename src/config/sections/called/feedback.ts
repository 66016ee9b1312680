import { z } from 'zod';
import { key } from '../../key';
import { secretText } from '../../leaves/secrets';
import { serviceUrl } from '../../leaves/urls';
import type { Secret } from '../../secret';
import type { ProxyChoice } from '../endpoint';

/** The app's server, which learns what happens to devices. */
export interface FeedbackConfig {
  readonly url: Secret;
  /** CONNECT proxy of an `https://` receiver, by the environment; null: directly. */
  readonly proxyUrl: Secret | null;
  /** `whsec_` with base64 behind it, or the text itself. */
  readonly secret: Secret;
}

export const feedbackSchema = z.strictObject({
  url: key(serviceUrl().nullable().default(null), { secret: true }),
  secret: key(
    secretText(
      'whsec_ with base64 of at least 24 bytes behind it, or a text of at least 16 characters without control characters',
      /^(whsec_(?:[A-Za-z0-9+/]{4}){8,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?|(?!whsec_)[^\p{Cc}]{16,})$/u,
    )
      .nullable()
      .default(null),
    { secret: true },
  ),
});

/** Null where nobody wants to know; the rules see to it that a url has a secret. */
export function toFeedbackConfig(
  { url, secret }: z.output<typeof feedbackSchema>,
  proxies: ProxyChoice,
): FeedbackConfig | null {
  if (url === null || secret === null) return null;
  return { url, proxyUrl: proxies.forUrl(url.reveal(), null), secret };
}
