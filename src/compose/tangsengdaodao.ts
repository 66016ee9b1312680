import type { Redis } from 'ioredis';
import type { ForeignRoute } from '../api/serve';
import type { ApiServices, ReadinessCheck } from '../api/services';
import type { Config } from '../config/config';
import type { AppConfig } from '../config/sections/app';
import type { Random } from '../domain/clock';
import type { Logger } from '../domain/logger';
import type { ProviderName } from '../domain/provider-table';
import { within } from '../shared/within';
import { createDeviceRoutes } from '../tangsengdaodao/device-routes';
import { LoginsUnavailableError, type LoginTokens } from '../tangsengdaodao/login';

export interface TangsengdaodaoParts {
  readonly routes: (services: ApiServices) => readonly ForeignRoute[];
  readonly checks: () => ReadinessCheck[];
  readonly close: () => void;
}

const answerMs = 2_000;
const silenceMs = 5_000;

/** Null where it is not configured: then no client of Redis is loaded for it. */
export async function openTangsengdaodao(
  config: Config,
  { logger, random }: { readonly logger: Logger; readonly random: Random },
): Promise<TangsengdaodaoParts | null> {
  const { redisUrl } = config.compat.tangsengdaodao;
  if (redisUrl === null) return null;
  const { createServerClient } = await import('../store/redis/server/create-client.js');
  const topology = { kind: 'single', url: redisUrl.reveal() } as const;
  const client = createServerClient({ topology, random, silenceMs }, null);
  const logins = new RedisLogins(client, logger);
  return {
    routes: (services) =>
      createDeviceRoutes({
        services,
        logins,
        devicesPerUser: config.devices.maxPerUid,
        appOf: (provider, bundleId) => appOf(config, provider, bundleId),
      }),
    checks: () => [logins.check()],
    close: () => client.disconnect(),
  };
}

/**
 * Where sections of the provider name their bundle, the one of this bundle: others refuse its tokens. Else the app of that name, or the
 * one whose iPhones have the same bundle, or the one there is, or `default`.
 */
export function appOf({ apps }: Config, provider: ProviderName, bundleId: string): string | null {
  const able = apps.filter((app) => app[provider] !== null);
  const bundled = able.filter((app) => bundleOf(app[provider]) !== null);
  if (bundled.length > 0) return bundled.find((app) => bundleOf(app[provider]) === bundleId)?.name ?? null;
  const named = (wanted: string) => able.find(({ name }) => name === wanted);
  const shared = able.find(({ apns }) => apns?.topic === bundleId);
  const only = able.length === 1 ? able[0] : undefined;
  return (named(bundleId) ?? shared ?? only ?? named('default'))?.name ?? null;
}

function bundleOf(section: AppConfig[ProviderName]): string | null {
  return section !== null && 'topic' in section ? section.topic : null;
}

/** Reads only. reachable → away (each request is refused at once or within two seconds; told once) → reachable. */
class RedisLogins implements LoginTokens {
  #isAway = false;
  readonly #client: Redis;
  readonly #logger: Logger;

  constructor(client: Redis, logger: Logger) {
    this.#client = client;
    this.#logger = logger;
    // ioredis reconnects by itself, and ends the process where nobody listens.
    client.on('error', (error: Error) => this.#away(error.message));
    client.on('ready', () => this.#back());
    client.connect().catch((error: unknown) => this.#away(String(error)));
  }

  async find(token: string): Promise<string | null> {
    try {
      const stored = await within(answerMs, this.#client.get(`token:${token}`), undefined);
      if (stored === undefined) throw new Error(`no answer within ${answerMs} ms`);
      this.#back();
      return stored;
    } catch (error) {
      this.#away(error instanceof Error ? error.message : String(error));
      throw new LoginsUnavailableError();
    }
  }

  check(): ReadinessCheck {
    const name = 'tangsengdaodao';
    if (!this.#isAway) return { name, status: 'ok', detail: 'The Redis of TangSengDaoDao answers.' };
    return {
      name,
      status: 'degraded',
      detail:
        'The Redis of TangSengDaoDao does not answer, so its clients cannot register. Check compat.tangsengdaodao.redis_url.',
    };
  }

  #away(reason: string): void {
    if (this.#isAway) return;
    this.#isAway = true;
    this.#logger.warn(
      { event: 'tangsengdaodao_redis_away', reason },
      'the Redis of TangSengDaoDao does not answer; its clients cannot register',
    );
  }

  #back(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#logger.info({ event: 'tangsengdaodao_redis_back' }, 'the Redis of TangSengDaoDao answers again');
  }
}
