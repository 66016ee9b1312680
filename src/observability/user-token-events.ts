import type { Logger } from '../domain/logger';

/** What happens to the keys that verify users' tokens: one function a business event, which logs and never throws. */
export interface UserTokenEvents {
  /** Once an outage. */
  keysUnavailable(event: { readonly reason: string; readonly hasKeys: boolean }): void;
  keysFetchedAgain(forMs: number): void;
}

export function createUserTokenEvents(logger: Logger): UserTokenEvents {
  return {
    keysUnavailable: ({ reason, hasKeys }) => {
      logger.warn(
        { event: 'user_token_keys_unavailable', reason, hasKeys },
        'keys of user tokens not fetched; check api.user_tokens.jwks_url',
      );
    },
    keysFetchedAgain: (forMs) => {
      logger.info({ event: 'user_token_keys_fetched', forMs }, 'keys of user tokens fetched again');
    },
  };
}
