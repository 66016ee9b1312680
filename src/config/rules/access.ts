import { coversEveryone, isLoopback } from '../cidr';
import type { ConfigProblem, ConfigWarning } from '../problem';
import { serverSchema } from '../sections/server';
import { listenHost, type Findings, type RuleInput } from './rule';
import { sameSecrets, weakSecrets } from './secret-strength';

/** What lets a caller in. */
const doors = ['webhook.secrets', 'api.keys', 'receipts.secret', 'api.user_tokens.secret'];

const roles = [
  {
    key: 'webhook.secrets',
    variables: 'WEBHOOK_SECRET, or WEBHOOK_ALLOW_FROM',
  },
  { key: 'api.keys', variables: 'API_KEYS' },
] as const;

/** Who may reach what: a relay that strangers can reach asks everyone for something. Judged by what was understood, not by what was written. */
export function checkAccess(rule: RuleInput): Findings {
  const { input, sections } = rule;
  const problems: ConfigProblem[] = [];
  const warnings: ConfigWarning[] = [];
  const host = listenHost(rule);
  const isPublic = !isLoopback(host);
  for (const { key, why, isGuessable } of weakSecrets(sections)) {
    const message = `a secret ${why}`;
    if (isPublic && isGuessable && doors.includes(key))
      problems.push({
        key,
        source: input.sourceOf(key.split('.')),
        message: `${message}; the host ${host} is not loopback. Use a long random one`,
      });
    else warnings.push({ key, message: `${message} and can be guessed` });
  }
  const same = sameSecrets(sections);
  warnings.push(...same.warnings);
  if (same.isShared) {
    const message =
      'the same value is in webhook.secrets: who reads the URL in WuKongIM would have the whole API. Use another';
    if (isPublic) problems.push({ key: 'api.keys', source: input.sourceOf(['api', 'keys']), message });
    else warnings.push({ key: 'api.keys', message });
  }
  const reach = checkReach(rule);
  warnings.push(...reach.warnings);
  if (isPublic) {
    const open = checkPublic(rule, host, reach.isEveryone);
    problems.push(...open.problems);
    warnings.push(...open.warnings);
  }
  return { problems, warnings };
}

/** Address lists that hold everyone protect nothing. */
function checkReach({ sections }: RuleInput): { isEveryone: boolean; warnings: ConfigWarning[] } {
  const allowed = sections.webhook?.allow_from ?? [];
  const proxies = sections.server?.trusted_proxies ?? [];
  const isAllowedAll = allowed.length > 0 && coversEveryone(allowed);
  // Who may say any address in X-Forwarded-For may say an allowed one.
  const isTrustedAll = proxies.length > 0 && coversEveryone(proxies);
  return {
    isEveryone: isAllowedAll || isTrustedAll,
    warnings: [
      ...(isAllowedAll
        ? [{ key: 'webhook.allow_from', message: 'this holds every address, so it protects nothing' }]
        : []),
      ...(isTrustedAll
        ? [
            {
              key: 'server.trusted_proxies',
              message: 'this trusts every address, so anyone can claim any address in X-Forwarded-For',
            },
          ]
        : []),
    ],
  };
}

function checkPublic({ input, sections }: RuleInput, host: string, isEveryone: boolean): Findings {
  const { webhook, api } = sections;
  // Where the section itself has a fault, what was meant to protect it is reported there.
  const isWebhookOpen =
    webhook === undefined
      ? !input.has(['webhook', 'secrets']) && !input.has(['webhook', 'allow_from'])
      : webhook.secrets.length === 0 &&
        (webhook.allow_from.length === 0 || isEveryone) &&
        !input.has(['webhook', 'secrets']);
  const isApiOpen =
    api === undefined ? !input.has(['api', 'keys']) : api.keys.length === 0 && !input.has(['api', 'keys']);
  const open = roles.filter(({ key }) => (key === 'api.keys' ? isApiOpen : isWebhookOpen));
  const waived = serverSchema.shape.allow_unauthenticated.safeParse(
    input.get(['server', 'allow_unauthenticated']),
  );
  if (waived.data === true) {
    const message = `none, and the host ${host} is not loopback: anyone who reaches it is let in`;
    return { problems: [], warnings: open.map(({ key }) => ({ key, message })) };
  }
  const isGrpcOpen =
    (sections.server?.grpc_port ?? null) !== null && (webhook?.allow_from.length === 0 || isEveryone);
  const grpc = {
    key: 'server.grpc_port',
    source: input.sourceOf(['server', 'grpc_port']),
    message: `a gRPC webhook carries no secret, and the host ${host} is not loopback: expected webhook.allow_from (WEBHOOK_ALLOW_FROM) with the addresses of WuKongIM; or server.allow_unauthenticated: true`,
  };
  const problems = open.map(({ key, variables }) => ({
    key,
    source: null,
    message: `expected at least one (${variables}), because the host ${host} is not loopback; or server.allow_unauthenticated: true`,
  }));
  return { problems: isGrpcOpen ? [...problems, grpc] : problems, warnings: [] };
}
