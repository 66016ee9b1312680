import type { Clock } from '../../domain/clock';
import type { Logger } from '../../domain/logger';
import type { AllowedHosts } from '../../shared/webpush/allowed-hosts';
import type { VapidKeys } from '../../shared/webpush/vapid-keys';
import type { HttpClient, Http2ClientOptions } from '../../transport/port';
import type { ConnectionOptions } from '../wire/connection-options';

export interface WebPushOptions extends ConnectionOptions {
  readonly app: string;
  readonly keys: VapidKeys;
  /** Of subscriptions that were made before `keys` were in use. */
  readonly previousKeys: VapidKeys | null;
  /** Whom a push service can write to: `mailto:…` or `https://…`. */
  readonly subject: string;
  /** What a click opens: absolute, with the places `{channel_type}`, `{channel_id}`, `{message_id}` and `{app}`. */
  readonly baseUrl: string;
  /** Absolute URL; null: the browser's own. */
  readonly icon: string | null;
  /** Title of what has none: a browser shows nothing without. */
  readonly fallbackTitle: string;
  readonly dataStyle: 'nested' | 'flat';
  /** Push services that subscriptions may be of. */
  readonly hosts: AllowedHosts;
  readonly allowPrivateAddresses: boolean;
  readonly proxyUrl: string | null;
}

export interface WebPushContext {
  readonly createClient: (options: Http2ClientOptions) => HttpClient;
  readonly clock: Clock;
  readonly logger: Logger;
}
