import type { ConfiguredApp } from '../api/services';
import type { Config } from '../config/config';
import { providerNames } from '../domain/provider-table';
import { pushServiceRule } from './providers/push-service-rule';

/** What a registration can name: the apps, their providers, and the lanes that have a credential. */
export function configuredApps({
  apps,
  providersMode,
}: Pick<Config, 'apps' | 'providersMode'>): ConfiguredApp[] {
  return apps.map((app) => ({
    name: app.name,
    providers: providerNames.flatMap((provider) => {
      const section = app[provider];
      if (section === null) return [];
      const rule =
        'allowedHosts' in section ? { addressFault: pushServiceRule(section, app.name, providersMode) } : {};
      return [{ provider, lanes: section.lanes, ...rule }];
    }),
  }));
}
