import { z } from 'zod';
import { key } from '../../key';
import { milliseconds } from '../../leaves/numbers';
import { secretText } from '../../leaves/secrets';
import { webUrl } from '../../leaves/urls';
import type { Secret } from '../../secret';
import type { ProxyChoice } from '../endpoint';

/** WuKongIM's own API. */
export interface WukongimConfig {
  /** `http[s]://host[:port][/path]`, without a trailing slash. */
  readonly apiUrl: string;
  readonly proxyUrl: Secret | null;
  /** v2's `managerToken`. */
  readonly managerToken: Secret | null;
  /** How long a message waits for an answer at most. */
  readonly timeoutMs: number;
}

export const wukongimSchema = z.strictObject({
  api_url: key(webUrl().nullable().default(null), { env: 'WUKONGIM_API_URL' }),
  manager_token: key(
    secretText('a text of visible ASCII characters, as in managerToken of wk.yaml', /^[\x21-\x7e]+$/)
      .nullable()
      .default(null),
    { env: 'WUKONGIM_MANAGER_TOKEN', secret: true },
  ),
  timeout_ms: milliseconds({ min: 10, max: 5_000 }).default(200),
});

export function toWukongimConfig(
  section: z.output<typeof wukongimSchema>,
  proxies: ProxyChoice,
): WukongimConfig | null {
  const { api_url: url, manager_token: managerToken } = section;
  if (url === null) return null;
  return {
    apiUrl: url.replace(/\/+$/, ''),
    proxyUrl: proxies.forUrl(url, null),
    managerToken,
    timeoutMs: section.timeout_ms,
  };
}
