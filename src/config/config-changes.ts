import { providerNames, type ProviderName } from '../domain/provider-table';
import type { Config } from './config';
import type { UserTokensConfig } from './sections/api/user-tokens';
import { Secret } from './secret';

export interface ConfigChanges {
  readonly hasNewWebhookSecrets: boolean;
  readonly hasNewApiKeys: boolean;
  /** Another one than before; null: the same, or one that is switched on or off, which waits for a restart. */
  readonly userTokens: UserTokensConfig | null;
  /** Apps whose section of a provider is another, and can take the place of the old one. */
  readonly providers: readonly { readonly app: string; readonly name: ProviderName }[];
  /** Keys of what is read at start only. */
  readonly atRestart: readonly string[];
}

/** What differs between two configurations, by when it can take effect. */
export function configChanges(before: Config, after: Config): ConfigChanges {
  const { webhook, api, apps, log: _, ...rest } = after;
  const isSwitched = (before.api.userTokens === null) !== (api.userTokens === null);
  const withoutLive = ({ webhook, api, ...others }: Omit<Config, 'apps' | 'log'>) => ({
    ...others,
    webhook: { ...webhook, secrets: [] },
    api: { ...api, keys: [], userTokens: isSwitched ? api.userTokens : null },
  });
  const fixed = withoutLive({ ...rest, webhook, api });
  const old = withoutLive(before);
  const names = Object.keys(fixed) as (keyof typeof fixed)[];
  const { providers, atRestart } = appChanges(before.apps, apps);
  return {
    hasNewWebhookSecrets: !isSame(before.webhook.secrets, webhook.secrets),
    hasNewApiKeys: !isSame(before.api.keys, api.keys),
    userTokens: isSwitched || isSame(before.api.userTokens, api.userTokens) ? null : api.userTokens,
    providers,
    atRestart: [...names.filter((name) => !isSame(old[name], fixed[name])).map(keyOf), ...atRestart],
  };
}

function appChanges(
  before: Config['apps'],
  after: Config['apps'],
): Pick<ConfigChanges, 'providers' | 'atRestart'> {
  const providers: { app: string; name: ProviderName }[] = [];
  const atRestart: string[] = [];
  if (
    !isSame(
      before.map(({ name }) => name),
      after.map(({ name }) => name),
    )
  )
    atRestart.push('apps');
  for (const app of after) {
    const old = before.find(({ name }) => name === app.name);
    if (old === undefined) continue;
    if (old.dataStyle !== app.dataStyle) atRestart.push(`apps.${app.name}.data_style`);
    for (const name of providerNames) {
      if (isSame(old[name], app[name])) continue;
      if (isSame(old[name]?.lanes, app[name]?.lanes)) providers.push({ app: app.name, name });
      else atRestart.push(`apps.${app.name}.${name}`);
    }
  }
  return { providers, atRestart };
}

/** As the file writes it: `dataDir` is `data_dir`. */
function keyOf(name: string): string {
  return name
    .replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replace('providers_mode', 'providers.mode');
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one, revealed) === JSON.stringify(other, revealed);
}

/** A secret would show its mask, whatever it holds. */
function revealed(this: unknown, key: string, shown: unknown): unknown {
  const value = (this as Readonly<Record<string, unknown>>)[key];
  return value instanceof Secret ? value.reveal() : shown;
}
