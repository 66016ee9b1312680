import type { ApiConfig } from './sections/api';
import type { AppConfig } from './sections/app';
import type { ContentConfig } from './sections/content';
import type { DeliveryConfig } from './sections/delivery';
import type { DevicesConfig } from './sections/devices';
import type { JournalConfig } from './sections/journal';
import type { LogConfig } from './sections/log';
import type { ProvidersConfig } from './sections/providers';
import type { RetentionConfig } from './sections/retention';
import type { ServerConfig } from './sections/server';
import type { StoreConfig } from './sections/store';
import type { WebhookConfig } from './sections/webhook';

/**
 * The whole configuration, checked and frozen. An absent feature is null, alternatives are tagged unions, durations are
 * milliseconds, sizes bytes, files absolute paths.
 */
export interface Config {
  readonly server: ServerConfig;
  readonly webhook: WebhookConfig;
  readonly api: ApiConfig;
  /** Of the embedded store and of the intake journal; absolute. */
  readonly dataDir: string;
  readonly store: StoreConfig;
  readonly journal: JournalConfig;
  /** At least one, in the file's order. In sandbox mode each has both providers, with credentials of kind `sandbox`. */
  readonly apps: readonly AppConfig[];
  readonly providersMode: 'real' | 'sandbox';
  readonly providers: ProvidersConfig;
  readonly delivery: DeliveryConfig;
  readonly devices: DevicesConfig;
  readonly content: ContentConfig;
  readonly retention: RetentionConfig;
  readonly log: LogConfig;
}
