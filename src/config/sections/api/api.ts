import { z } from 'zod';
import { key } from '../../key';
import { list } from '../../leaves/lists';
import { secretText } from '../../leaves/secrets';
import { browserOrigin } from '../../leaves/urls';
import type { Secret } from '../../secret';
import type { ProxyChoice } from '../endpoint';
import { toUserTokensConfig, userTokensSchema, type UserTokensConfig } from './user-tokens';

export interface ApiConfig {
  /** Server keys; empty: the API asks for none (loopback, or `server.allow_unauthenticated`). */
  readonly keys: readonly Secret[];
  /** Null: users have no tokens; only servers call. */
  readonly userTokens: UserTokensConfig | null;
  /** Origins whose pages browsers let read answers, as browsers write them. */
  readonly corsOrigins: readonly string[];
}

export const apiSchema = z.strictObject({
  keys: key(list(secretText('printable ASCII without spaces', /^[\x21-\x7e]+$/)).default([]), {
    env: 'API_KEYS',
    secret: true,
  }),
  user_tokens: userTokensSchema.prefault({}),
  cors_origins: list(browserOrigin()).default([]),
});

export function toApiConfig(section: z.output<typeof apiSchema>, proxies: ProxyChoice): ApiConfig {
  return {
    keys: section.keys,
    userTokens: toUserTokensConfig(section.user_tokens, proxies),
    corsOrigins: section.cors_origins,
  };
}
