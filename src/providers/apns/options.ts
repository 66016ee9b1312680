import type { ApnsEnvironment } from '../../domain/provider-table';
import type { Clock } from '../../domain/clock';
import type { Logger } from '../../domain/logger';
import type { HttpClient, Http2ClientOptions } from '../../transport/port';
import type { ConnectionOptions } from '../wire/connection-options';

/** How the relay authenticates to Apple, and in which environments the credential is good. */
export type ApnsCredential = { readonly environments: readonly ApnsEnvironment[] } & (
  | { readonly kind: 'token'; readonly keyPem: string; readonly keyId: string; readonly teamId: string }
  /** PEM both; the passphrase opens the key where it is encrypted. */
  | {
      readonly kind: 'certificate';
      readonly cert: string;
      readonly key: string;
      readonly passphrase: string | null;
    }
  /** An archive without a passphrase has an empty one. */
  | { readonly kind: 'pfx'; readonly pfx: Buffer; readonly passphrase: string }
);

export interface ApnsEndpoint {
  /** `https://host[:port][/path]` */
  readonly url: string;
  /** CONNECT proxy on the way to it. */
  readonly proxyUrl: string | null;
}

export interface ApnsOptions extends ConnectionOptions {
  readonly app: string;
  /** The bundle id. VoIP pushes go to `<topic>.voip`. */
  readonly topic: string;
  /** The first one that names an environment serves it. */
  readonly credentials: readonly ApnsCredential[];
  /** An environment is served when a credential names it. */
  readonly endpoints: Readonly<Record<ApnsEnvironment, ApnsEndpoint>>;
  readonly dataStyle: 'nested' | 'flat';
  readonly mutableContent: boolean;
  /** Absent: false. */
  readonly contentAvailable?: boolean;
}

/** Values that replicas share; the store's SharedState has this shape. */
export interface SharedTokens {
  get(name: string): Promise<string | null>;
  set(name: string, value: string, ttlMs: number): Promise<void>;
}

export interface ApnsContext {
  readonly createClient: (options: Http2ClientOptions) => HttpClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Null where there is one replica only. */
  readonly sharedTokens: SharedTokens | null;
}
