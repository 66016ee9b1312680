import type { Clock } from '../../domain/clock';
import type { NotificationCategory } from '../../domain/notification';
import type { Logger } from '../../domain/logger';
import type { HttpClient, Http2ClientOptions } from '../../transport/port';
import type { ServiceAccount } from './credential/service-account';
import type { ConnectionOptions } from '../wire/connection-options';

/** How the relay authenticates to Google. */
export type FcmCredential =
  | {
      readonly kind: 'service_account';
      readonly account: ServiceAccount;
      /** CONNECT proxy on the way to the account's `tokenUri`. */
      readonly tokenProxyUrl: string | null;
    }
  /** Application default or workload credentials, found by Google's own library. */
  | { readonly kind: 'application_default' };

export interface FcmOptions extends ConnectionOptions {
  readonly app: string;
  readonly projectId: string;
  readonly credential: FcmCredential;
  /** `https://host[:port][/path]` */
  readonly url: string;
  readonly proxyUrl: string | null;
  /** notification: the system shows it. data: the app shows it. */
  readonly androidMode: 'notification' | 'data';
  /** For notifications that name no channel of their own; null = the app's default. */
  readonly androidChannelId: string | null;
  /** For notifications of one category, before the one above; null or absent = that one. */
  readonly androidChannelIds?: Readonly<Record<NotificationCategory, string | null>>;
  /** The bundle id of the app's iOS build; null leaves it to Firebase, which knows it. */
  readonly apnsTopic: string | null;
  readonly dataStyle: 'nested' | 'flat';
  readonly mutableContent: boolean;
  /** Absent: false. */
  readonly contentAvailable?: boolean;
}

export interface FcmContext {
  readonly createClient: (options: Http2ClientOptions) => HttpClient;
  readonly clock: Clock;
  readonly logger: Logger;
}
