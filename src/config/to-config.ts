import type { TextOverrides } from '../content/catalogues';
import type { Config } from './config';
import type { ListenSockets } from './read/listen-sockets';
import type { ProxyEnvironment } from './proxy';
import { proxyForUrl } from './proxy';
import type { Sections } from './schema';
import { toApiConfig } from './sections/api/api';
import type { AppConfig } from './sections/app';
import { appSchema, defaultApp, toAppConfig } from './sections/app';
import { toBadgeConfig } from './sections/badge';
import { toCompatConfig } from './sections/compat';
import { toContentConfig } from './sections/content';
import { toDeliveryConfig } from './sections/delivery';
import { toDevicesConfig } from './sections/devices';
import type { ProxyChoice } from './sections/endpoint';
import { readProxyUrl } from './sections/endpoint';
import { toFeedbackConfig } from './sections/called/feedback';
import { toJournalConfig } from './sections/journal';
import { toLogConfig } from './sections/log';
import { toPresenceConfig } from './sections/called/presence';
import { toProvidersConfig } from './sections/providers';
import { toResolverConfig } from './sections/called/resolver';
import { toRetentionConfig, toTraceConfig } from './sections/retention';
import { toServerConfig } from './sections/server';
import { toStoreConfig } from './sections/store';
import { toWebhookConfig } from './sections/webhook';
import { toWukongimConfig } from './sections/called/wukongim';
import { Secret } from './secret';

/** From the file's words to the program's. */
export function toConfig(
  sections: Sections,
  mode: Config['providersMode'],
  proxies: ProxyEnvironment,
  sockets: ListenSockets,
  texts: TextOverrides,
): Config {
  return {
    server: toServerConfig(sections.server, sockets),
    webhook: toWebhookConfig(sections.webhook, proxyChoice(proxies)),
    api: toApiConfig(sections.api, proxyChoice(proxies)),
    compat: toCompatConfig(sections.compat),
    dataDir: sections.data_dir,
    store: toStoreConfig(sections.redis),
    journal: toJournalConfig(sections.journal),
    apps: toApps(sections.apps, mode === 'sandbox', proxyChoice(proxies)),
    providersMode: mode,
    providers: toProvidersConfig(sections.providers),
    delivery: toDeliveryConfig(sections.delivery),
    devices: toDevicesConfig(sections.devices),
    content: toContentConfig(sections.content, texts),
    resolver: toResolverConfig(sections.resolver, proxyChoice(proxies)),
    wukongim: toWukongimConfig(sections.wukongim, proxyChoice(proxies)),
    presence: toPresenceConfig(sections.presence),
    feedback: toFeedbackConfig(sections.feedback, proxyChoice(proxies)),
    badge: toBadgeConfig(sections.badge),
    retention: toRetentionConfig(sections.dead_letters),
    trace: toTraceConfig(sections.trace),
    receipts: sections.receipts,
    otel: sections.otel,
    log: toLogConfig(sections.log),
  };
}

function toApps(apps: Sections['apps'], isSandbox: boolean, proxies: ProxyChoice): AppConfig[] {
  const named = Object.entries(apps);
  const all = named.length === 0 ? [[defaultApp, appSchema.parse({})] as const] : named;
  return all.map(([name, app]) => toAppConfig(name, app, isSandbox, proxies));
}

function proxyChoice(environment: ProxyEnvironment): ProxyChoice {
  return {
    forUrl(url, setting) {
      if (setting === 'none') return null;
      if (setting !== null) return setting;
      const proxy = proxyForUrl(url, environment);
      const usable = proxy === null ? null : readProxyUrl(proxy);
      return usable === null ? null : Secret.ofUrl(usable);
    },
  };
}
