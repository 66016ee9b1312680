import { z } from 'zod';
import {
  secretAlgorithmNames,
  signatureAlgorithmNames,
  type SecretAlgorithm,
  type SignatureAlgorithm,
} from '../../../shared/signature-algorithms';
import { readPublicKey } from '../../credentials/public-key';
import { key } from '../../key';
import { leaf, Fault, asText } from '../../leaves/leaf';
import { list } from '../../leaves/lists';
import { jsonCredential, secretText } from '../../leaves/secrets';
import { text } from '../../leaves/texts';
import { webUrl } from '../../leaves/urls';
import { Secret } from '../../secret';
import type { ProxyChoice } from '../endpoint';

/** What verifies the tokens. `algorithms` null: all that the key can verify. */
export type UserTokenKeys =
  | {
      readonly kind: 'jwks';
      readonly url: string;
      readonly proxyUrl: Secret | null;
      readonly algorithms: readonly TokenAlgorithm[] | null;
    }
  /** PEM. */
  | {
      readonly kind: 'public_key';
      readonly publicKey: Secret;
      readonly algorithms: readonly TokenAlgorithm[] | null;
    }
  | {
      readonly kind: 'secret';
      readonly secret: Secret;
      readonly algorithms: readonly TokenAlgorithm[] | null;
    };

export type TokenAlgorithm = SignatureAlgorithm | SecretAlgorithm;

/** Tokens by which users call the API for themselves. */
export interface UserTokensConfig {
  readonly keys: UserTokenKeys;
  /** Expected in `iss`; null: not looked at. */
  readonly issuer: string | null;
  /** Expected in `aud`; null: not looked at. */
  readonly audience: string | null;
  /** The claim that holds the uid. */
  readonly uidClaim: string;
}

const algorithmNames: readonly TokenAlgorithm[] = [...signatureAlgorithmNames, ...secretAlgorithmNames];

/** Their case matters. */
function algorithm() {
  return leaf((value): TokenAlgorithm | Fault => {
    const written = asText(value) ?? '';
    if (written.toLowerCase() === 'none')
      return new Fault(`one of ${algorithmNames.join(', ')}; a token without a signature proves nothing`);
    return (
      algorithmNames.find((name) => name === written) ?? new Fault(`one of ${algorithmNames.join(', ')}`)
    );
  });
}

const claimText = (expected: string) => text(expected, /^[^\p{Cc}]{1,512}$/u);

export const userTokensSchema = z.strictObject({
  jwks_url: webUrl().nullable().default(null),
  public_key: key(
    jsonCredential(readPublicKey)
      .transform((pem) => new Secret(pem))
      .nullable()
      .default(null),
    { secret: true },
  ),
  secret: key(
    secretText('a text without control characters', /^[^\p{Cc}]+$/u)
      .nullable()
      .default(null),
    { secret: true },
  ),
  issuer: claimText('the issuer as tokens hold it in iss').nullable().default(null),
  audience: claimText('the audience as tokens hold it in aud').nullable().default(null),
  uid_claim: claimText('the name of the claim that holds the uid').default('sub'),
  algorithms: list(algorithm()).nullable().default(null),
});

export type UserTokensSection = z.output<typeof userTokensSchema>;

/** Null: no key is configured. The rules have made sure that there is one at most. */
export function toUserTokensConfig(
  section: UserTokensSection,
  proxies: ProxyChoice,
): UserTokensConfig | null {
  const keys = toKeys(section, proxies);
  if (keys === null) return null;
  const { issuer, audience, uid_claim } = section;
  return { keys, issuer, audience, uidClaim: uid_claim };
}

function toKeys(
  { jwks_url: url, public_key: publicKey, secret, algorithms }: UserTokensSection,
  proxies: ProxyChoice,
): UserTokenKeys | null {
  if (url !== null) return { kind: 'jwks', url, proxyUrl: proxies.forUrl(url, null), algorithms };
  if (publicKey !== null) return { kind: 'public_key', publicKey, algorithms };
  return secret === null ? null : { kind: 'secret', secret, algorithms };
}
