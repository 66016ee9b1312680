import { providerNames } from '../domain/provider-table';
import type { EffectiveConfig } from './masked-config';
import type { ConfigWarning } from './problem';
import type { Sections } from './schema';

interface Rule {
  readonly keys: RegExp;
  /** Why a key of these does nothing; null: it does something. */
  readonly why: (sections: Sections) => string | null;
}

const hasRedis = ({ redis }: Sections): boolean => redis.url.length > 0 || redis.sentinels.length > 0;

const rules: readonly Rule[] = [
  {
    keys: /^journal\.(?!min_free_percent)/,
    why: (sections) => (hasRedis(sections) ? null : 'the store is embedded, which has no journal'),
  },
  {
    keys: /^redis\./,
    why: (sections) => (hasRedis(sections) ? null : 'redis.url (REDIS_URL) is not set'),
  },
  {
    keys: /^resolver\./,
    why: ({ resolver }) => (resolver.url === null ? 'resolver.url is not set' : null),
  },
  {
    keys: /^(?:wukongim|presence)\./,
    why: ({ wukongim }) =>
      wukongim.api_url === null ? 'wukongim.api_url (WUKONGIM_API_URL) is not set' : null,
  },
  {
    keys: /^badge\.(?!mode)/,
    why: ({ badge }) => (badge.mode === 'off' ? 'badge.mode is off' : null),
  },
  {
    keys: /^delivery\.storm_/,
    why: ({ delivery }) => (delivery.storm === 'off' ? 'delivery.storm (STORM_LIMITS) is off' : null),
  },
  ...providerNames.map((name) => ({
    keys: new RegExp(`^apps\\..+\\.${name}\\.`),
    why: ({ providers }: Sections) => (providers.mode === 'sandbox' ? sandbox : null),
  })),
  ...providerNames.map((name) => ({
    keys: new RegExp(`^providers\\.${name}\\.`),
    why: ({ apps, providers }: Sections) =>
      providers.mode === 'sandbox' || Object.values(apps).some((app) => app[name] !== null)
        ? null
        : `no app has ${name}`,
  })),
];

const sandbox = 'the providers are the built-in sandbox (PROVIDERS, providers.mode)';

/** Keys that are set, and that do nothing beside the others. */
export function withoutEffect({
  effective,
  input,
}: Pick<EffectiveConfig, 'effective' | 'input'>): readonly ConfigWarning[] {
  return [...input.sources().keys()].flatMap((key) => {
    const why = rules
      .map(({ keys, why }) => (keys.test(key) ? why(effective) : null))
      .find((one) => one !== null);
    return why === undefined || why === null ? [] : [{ key, message: `it has no effect, because ${why}` }];
  });
}
