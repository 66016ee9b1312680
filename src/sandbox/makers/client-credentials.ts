import type { Clock } from '../../domain/clock';
import type { Exchange } from '../exchange';
import type { WireAnswer } from '../fake-provider';
import { IssuedTokens } from '../issued-tokens';
import { jsonAnswer } from './fake-maker';

/** What may ask for tokens. */
export interface MakerAccount {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What a token endpoint says, in the maker's own form. */
export type GrantError = 'method' | 'form' | 'grant_type' | 'client' | 'secret';

/** A token endpoint that takes the client credentials grant (RFC 6749 §4.4), with the credentials in the form. */
export class ClientCredentials {
  /** `expires_in` of the tokens to come. */
  tokenLifetimeSeconds = 3600;
  requests = 0;
  readonly tokens: IssuedTokens;
  readonly #account: MakerAccount;
  readonly #refuse: (error: GrantError) => WireAnswer;

  constructor(account: MakerAccount, refuse: (error: GrantError) => WireAnswer, clock: Clock) {
    this.#account = account;
    this.#refuse = refuse;
    this.tokens = new IssuedTokens('sandbox-', clock);
  }

  answer(exchange: Exchange): WireAnswer {
    this.requests += 1;
    const wrong = this.#check(exchange);
    if (wrong !== null) return this.#refuse(wrong);
    const body = {
      access_token: this.tokens.issue(this.tokenLifetimeSeconds),
      expires_in: this.tokenLifetimeSeconds,
      token_type: 'Bearer',
    };
    // As PHP servers write it; any JSON parser takes it back.
    return jsonAnswer(200, JSON.stringify(body).replaceAll('/', '\\/'));
  }

  #check({ method, headers, body }: Exchange): GrantError | null {
    if (method !== 'POST') return 'method';
    if (headers['content-type']?.startsWith('application/x-www-form-urlencoded') !== true) return 'form';
    const form = new URLSearchParams(body.toString('utf8'));
    if (form.get('grant_type') !== 'client_credentials') return 'grant_type';
    if (form.get('client_id') !== this.#account.clientId) return 'client';
    return form.get('client_secret') === this.#account.clientSecret ? null : 'secret';
  }
}
