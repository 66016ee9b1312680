import type { ApiConfig } from './sections/api/api';
import type { AppConfig } from './sections/app';
import type { BadgeConfig } from './sections/badge';
import type { CompatConfig } from './sections/compat';
import type { ContentConfig } from './sections/content';
import type { DeliveryConfig } from './sections/delivery';
import type { DevicesConfig } from './sections/devices';
import type { FeedbackConfig } from './sections/called/feedback';
import type { JournalConfig } from './sections/journal';
import type { LogConfig } from './sections/log';
import type { PresenceConfig } from './sections/called/presence';
import type { ProvidersConfig } from './sections/providers';
import type { OtelConfig } from './sections/called/otel';
import type { ReceiptsConfig } from './sections/receipts';
import type { ResolverConfig } from './sections/called/resolver';
import type { RetentionConfig, TraceConfig } from './sections/retention';
import type { ServerConfig } from './sections/server';
import type { StoreConfig } from './sections/store';
import type { WebhookConfig } from './sections/webhook';
import type { WukongimConfig } from './sections/called/wukongim';

/**
 * The whole configuration, checked and frozen. An absent feature is null, alternatives are tagged unions, durations are
 * milliseconds, sizes bytes, files absolute paths.
 */
export interface Config {
  readonly server: ServerConfig;
  readonly webhook: WebhookConfig;
  readonly api: ApiConfig;
  readonly compat: CompatConfig;
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
  /** Null: there is none. */
  readonly resolver: ResolverConfig | null;
  /** Null: its API is not known. */
  readonly wukongim: WukongimConfig | null;
  readonly presence: PresenceConfig;
  /** Null: the app's server is told nothing. */
  readonly feedback: FeedbackConfig | null;
  readonly badge: BadgeConfig;
  readonly retention: RetentionConfig;
  readonly trace: TraceConfig;
  readonly receipts: ReceiptsConfig;
  readonly otel: OtelConfig;
  readonly log: LogConfig;
}
