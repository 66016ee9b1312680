import { createHash } from 'node:crypto';
import { readRedisServer } from '../redis-url';
import { Fault } from '../leaves/leaf';
import type { ConfigWarning } from '../problem';
import type { Sections } from '../schema';
import type { Secret } from '../secret';

const guessableLength = 8;
const shortLength = 16;
const fewCharacters = 4;

/** Whole secrets that stand in examples and templates. */
const wellKnown =
  /^(change[-_ ]?me|(your|my)?[-_ ]?(webhook|api|server|relay|shared|super|very)?[-_ ]*(secret|secrets|key|keys|token|password|passwd)([-_ ]?(here|key|value|123|1234))?|secret(123|1234)?|password(1|123|1234)?|pass|passw0rd|admin|default|example|placeholder|insert[-_ ]?here|replace[-_ ]?me|fill[-_ ]?me[-_ ]?in|todo|test(ing|test)?|demo|undefined|null|nil|none|nan|\(null\)|true|false|empty|x{3,}|\*{3,}|\.{3,}|12345678(90?)?|qwerty(uiop)?|abcdefgh|letmein)[-_!.]*$/i;

export interface Weakness {
  readonly why: string;
  /** Short or known enough to be tried out; a host that strangers can reach refuses it. */
  readonly isGuessable: boolean;
}

/** Each key whose value the operator made up, with the worst weakness among its values. */
export function weakSecrets(sections: Partial<Sections>): readonly (Weakness & { readonly key: string })[] {
  // A pass phrase guards a file that lies beside it.
  const guards = secretsByKey(sections).filter(([key]) => !key.endsWith('.passphrase'));
  return guards.flatMap(([key, values]) => {
    const found = values.map(weaknessOf).filter((weak) => weak !== null);
    const worst = found.find(({ isGuessable }) => isGuessable) ?? found[0];
    return worst === undefined ? [] : [{ key, ...worst }];
  });
}

function weaknessOf(secret: string): Weakness | null {
  const value = secret.replace(/^whsec_/, '');
  if (value.length < guessableLength)
    return { why: `has fewer than ${String(guessableLength)} characters`, isGuessable: true };
  if (wellKnown.test(value)) return { why: 'is a word of examples and templates', isGuessable: true };
  if (new Set(value).size < fewCharacters)
    return { why: `has fewer than ${String(fewCharacters)} different characters`, isGuessable: false };
  return value.length < shortLength
    ? { why: `has fewer than ${String(shortLength)} characters`, isGuessable: false }
    : null;
}

/** Secrets of different keys that have one value, and values that a list holds twice. */
export function sameSecrets(sections: Partial<Sections>): { isShared: boolean; warnings: ConfigWarning[] } {
  const byKey = secretsByKey(sections);
  const warnings: ConfigWarning[] = [];
  const keyOf = new Map<string, string>();
  let isShared = false;
  for (const [key, values] of byKey) {
    for (const value of values) {
      // By digest, so that no value becomes a key of a map that somebody prints.
      const digest = createHash('sha256').update(value).digest('hex');
      const other = keyOf.get(digest);
      keyOf.set(digest, other ?? key);
      if (other === undefined) continue;
      if (other === key) warnings.push({ key, message: 'the same value twice' });
      else if (other === 'webhook.secrets' && key === 'api.keys') isShared = true;
      else warnings.push({ key, message: `the same value is in ${other}; use another for each` });
    }
  }
  return { isShared, warnings: unique(warnings) };
}

function secretsByKey(sections: Partial<Sections>): readonly (readonly [string, string[]])[] {
  const { webhook, api, redis, apps, receipts, resolver, feedback, wukongim } = sections;
  const revealed = (...secrets: readonly (Secret | null | undefined)[]) =>
    secrets.flatMap((secret) => secret?.reveal() ?? []);
  const passwords = (urls: readonly Secret[] = []) =>
    revealed(...urls).flatMap((url) => {
      const server = readRedisServer(url);
      return server instanceof Fault || server.password === null ? [] : [server.password];
    });
  return [
    ['webhook.secrets', revealed(...(webhook?.secrets ?? []))],
    ['api.keys', revealed(...(api?.keys ?? []))],
    ['receipts.secret', revealed(receipts?.secret)],
    ['api.user_tokens.secret', revealed(api?.user_tokens.secret)],
    ...(webhook?.forward ?? []).map(
      ({ secret }, at) => [`webhook.forward[${String(at)}].secret`, revealed(secret)] as const,
    ),
    ['resolver.secret', revealed(resolver?.secret)],
    ['feedback.secret', revealed(feedback?.secret)],
    ['wukongim.manager_token', revealed(wukongim?.manager_token)],
    // The nodes of a cluster share one password.
    ['redis.url', [...new Set([...passwords(redis?.url), ...passwords(redis?.sentinels)])]],
    ...Object.entries(apps ?? {}).map(
      ([name, { apns }]) => [`apps.${name}.apns.passphrase`, revealed(apns?.passphrase)] as const,
    ),
  ];
}

function unique(warnings: readonly ConfigWarning[]): ConfigWarning[] {
  return [...new Map(warnings.map((warning) => [`${warning.key}\n${warning.message}`, warning])).values()];
}
