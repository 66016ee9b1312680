import type { ApiHandler } from '../api/api';
import type { Config } from '../config/config';
import { configChanges, type ConfigChanges } from '../config/config-changes';
import type { AppConfig } from '../config/sections/app';
import type { Secret } from '../config/secret';
import type { DeliveryEngine } from '../delivery/delivery-engine';
import type { WebhookHandler } from '../webhook/handler';
import type { ProviderSet } from './providers/create-providers';
import type { UserTokenParts } from './user-tokens';

/** Of a running relay, what can take a new value. */
export interface Reloadable {
  readonly webhook: Pick<WebhookHandler, 'setSecrets'>;
  readonly api: Pick<ApiHandler, 'setKeys'>;
  readonly providers: Pick<ProviderSet, 'replace'>;
  readonly delivery: Pick<DeliveryEngine, 'probeAtOnce'>;
  /** Null: users have no tokens. */
  readonly userTokens: Pick<UserTokenParts, 'replace'> | null;
}

export interface Reloaded {
  /** Keys that have taken effect. */
  readonly changed: readonly string[];
  /** Keys whose change waits for a restart. */
  readonly atRestart: readonly string[];
  /** What is in effect now. */
  readonly running: Config;
}

/** The new configuration cannot take the place of the running one. Nothing has changed. */
class ReloadRefusedError extends Error {
  override readonly name = 'ReloadRefusedError';
}

/** Rejects with ReloadRefusedError or ProviderConfigurationError; then nothing has changed. */
export async function reload(before: Config, after: Config, relay: Reloadable): Promise<Reloaded> {
  // Host and address list stay those of the start, and were checked together with the secrets.
  refuseNone('webhook.secrets', before.webhook.secrets, after.webhook.secrets);
  refuseNone('api.keys', before.api.keys, after.api.keys);
  const { hasNewWebhookSecrets, hasNewApiKeys, userTokens, providers, atRestart } = configChanges(
    before,
    after,
  );
  await relay.providers.replace(after, providers);
  if (providers.length > 0) relay.delivery.probeAtOnce();
  if (hasNewWebhookSecrets) relay.webhook.setSecrets(after.webhook.secrets.map((secret) => secret.reveal()));
  if (hasNewApiKeys) relay.api.setKeys(after.api.keys.map((key) => key.reveal()));
  if (userTokens !== null) relay.userTokens?.replace(userTokens);
  return {
    changed: [
      ...(hasNewWebhookSecrets ? ['webhook.secrets'] : []),
      ...(hasNewApiKeys ? ['api.keys'] : []),
      ...(userTokens === null ? [] : ['api.user_tokens']),
      ...providers.map(({ app, name }) => `apps.${app}.${name}`),
    ],
    atRestart,
    running: {
      ...before,
      webhook: { ...before.webhook, secrets: after.webhook.secrets },
      api: {
        ...before.api,
        keys: after.api.keys,
        userTokens: userTokens ?? before.api.userTokens,
      },
      apps: before.apps.map((app) => withProviders(app, after, providers)),
    },
  };
}

function withProviders(app: AppConfig, after: Config, replaced: ConfigChanges['providers']): AppConfig {
  const other = after.apps.find(({ name }) => name === app.name);
  const names = replaced.filter((each) => each.app === app.name).map(({ name }) => name);
  return { ...app, ...Object.fromEntries(names.map((name) => [name, other?.[name]])) };
}

function refuseNone(key: string, before: readonly Secret[], after: readonly Secret[]): void {
  if (before.length > 0 && after.length === 0)
    throw new ReloadRefusedError(`${key}: the last one can be removed by a restart only`);
}
