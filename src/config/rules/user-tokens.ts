import { createPublicKey } from 'node:crypto';
import {
  secretAlgorithmBytes,
  secretAlgorithmNames,
  signatureAlgorithmNames,
  signatureAlgorithms,
  type SecretAlgorithm,
} from '../../shared/signature-algorithms';
import { isLoopback } from '../cidr';
import type { ConfigProblem, ConfigWarning } from '../problem';
import type { Secret } from '../secret';
import type { TokenAlgorithm, UserTokensSection } from '../sections/api/user-tokens';
import type { Findings, RuleInput } from './rule';

const sources = ['jwks_url', 'public_key', 'secret'] as const;

/** One key, algorithms that it can verify, and server keys beside it: without those everybody is the server anyway. */
export function checkUserTokens({ input, sections }: RuleInput): Findings {
  const problems: ConfigProblem[] = [];
  const warnings: ConfigWarning[] = [];
  const base = ['api', 'user_tokens'];
  if (sections.api === undefined) return { problems, warnings };
  const { keys, user_tokens: tokens } = sections.api;
  const problem = (name: string | null, message: string): void => {
    const path = name === null ? base : [...base, name];
    problems.push({ key: path.join('.'), source: input.sourceOf(path), message });
  };
  const given = sources.filter((name) => tokens[name] !== null);
  const [source] = given;
  if (source === undefined) {
    const { issuer, audience, uid_claim: claim, algorithms } = tokens;
    if (issuer !== null || audience !== null || claim !== 'sub' || algorithms !== null)
      problem(null, 'expected one of jwks_url, public_key or secret: the key that verifies the tokens');
    return { problems, warnings };
  }
  if (given.length > 1) problem(null, `expected one key, and both ${given.join(' and ')} are set`);
  if (keys.length === 0)
    problem(null, 'expected api.keys (API_KEYS) as well: without them everyone may call everything');
  const misfit = algorithmsFault(tokens);
  if (misfit !== null) problem('algorithms', misfit);
  const fault = tokens.secret === null ? null : secretFault(tokens.secret, tokens.algorithms);
  if (fault !== null) problem('secret', fault);
  warnings.push(...jwksWarnings(tokens));
  return { problems, warnings };
}

function algorithmsFault({ jwks_url, public_key, secret, algorithms }: UserTokensSection): string | null {
  const possible: readonly TokenAlgorithm[] =
    public_key !== null
      ? signatureAlgorithms(createPublicKey(public_key.reveal()))
      : jwks_url !== null
        ? signatureAlgorithmNames
        : secret !== null
          ? secretAlgorithmNames
          : [];
  const wrong = (algorithms ?? []).filter((name) => !possible.includes(name));
  if (wrong.length === 0) return null;
  const what = public_key !== null ? 'this public_key' : jwks_url !== null ? 'a public key' : 'a secret';
  return `${wrong.join(', ')} cannot be verified by ${what}; expected ${possible.join(', ')}`;
}

function secretFault(secret: Secret, algorithms: readonly TokenAlgorithm[] | null): string | null {
  const bytes = Buffer.byteLength(secret.reveal());
  const used = (algorithms ?? ['HS256']).filter(
    (name): name is SecretAlgorithm => name in secretAlgorithmBytes,
  );
  const tooLong = used.find((name) => secretAlgorithmBytes[name] > bytes);
  if (tooLong === undefined) return null;
  return `${tooLong} needs a secret of at least ${String(secretAlgorithmBytes[tooLong])} bytes, and this has ${String(bytes)}`;
}

function jwksWarnings({ jwks_url: url, audience }: UserTokensSection): ConfigWarning[] {
  if (url === null) return [];
  const { protocol, hostname } = new URL(url);
  const warnings: ConfigWarning[] = [];
  if (protocol === 'http:' && hostname !== 'localhost' && !isLoopback(hostname))
    warnings.push({
      key: 'api.user_tokens.jwks_url',
      message: 'http:// without TLS: whoever can change the answer on its way can sign tokens of every user',
    });
  if (audience === null)
    warnings.push({
      key: 'api.user_tokens.audience',
      message: 'not set: a token that the issuer made for another service is accepted as well',
    });
  return warnings;
}
