import type { Config } from './config';
import type { ListenSockets } from './read/listen-sockets';
import type { ProxyEnvironment } from './proxy';
import { proxyForUrl } from './proxy';
import type { Sections } from './schema';
import { toApiConfig } from './sections/api';
import type { AppConfig } from './sections/app';
import { appSchema, DEFAULT_APP, toAppConfig } from './sections/app';
import { toContentConfig } from './sections/content';
import { toDeliveryConfig } from './sections/delivery';
import { toDevicesConfig } from './sections/devices';
import type { ProxyChoice } from './sections/endpoint';
import { readProxyUrl } from './sections/endpoint';
import { toJournalConfig } from './sections/journal';
import { toLogConfig } from './sections/log';
import { toProvidersConfig } from './sections/providers';
import { toRetentionConfig } from './sections/retention';
import { toServerConfig } from './sections/server';
import { toStoreConfig } from './sections/store';
import { toWebhookConfig } from './sections/webhook';
import { Secret } from './secret';

/** From the file's words to the program's. */
export function toConfig(
  sections: Sections,
  mode: Config['providersMode'],
  proxies: ProxyEnvironment,
  sockets: ListenSockets,
): Config {
  return {
    server: toServerConfig(sections.server, sockets),
    webhook: toWebhookConfig(sections.webhook),
    api: toApiConfig(sections.api),
    dataDir: sections.data_dir,
    store: toStoreConfig(sections.redis),
    journal: toJournalConfig(sections.journal),
    apps: toApps(sections.apps, mode === 'sandbox', proxyChoice(proxies)),
    providersMode: mode,
    providers: toProvidersConfig(sections.providers),
    delivery: toDeliveryConfig(sections.delivery),
    devices: toDevicesConfig(sections.devices),
    content: toContentConfig(sections.content),
    retention: toRetentionConfig(sections.dead_letters),
    log: toLogConfig(sections.log),
  };
}

function toApps(apps: Sections['apps'], isSandbox: boolean, proxies: ProxyChoice): AppConfig[] {
  const named = Object.entries(apps);
  const all = named.length === 0 ? [[DEFAULT_APP, appSchema.parse({})] as const] : named;
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
