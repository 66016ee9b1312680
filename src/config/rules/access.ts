import { isLoopback } from '../cidr';
import type { ConfigProblem, ConfigWarning } from '../problem';
import type { Secret } from '../secret';
import { serverSchema } from '../sections/server';
import { listenHost, type Findings, type RuleInput } from './rule';

const SHORT_SECRET = 8;
const SHORT_API_KEY = 16;

/** Who may reach what: a relay that strangers can reach asks everyone for something. */
export function checkAccess(rule: RuleInput): Findings {
  const { input, sections } = rule;
  const problems: ConfigProblem[] = [];
  const warnings: ConfigWarning[] = shortSecrets(sections.webhook?.secrets ?? []);
  const host = listenHost(rule);
  const isPublic = !isLoopback(host);
  const keys = sections.api?.keys ?? [];
  if (isPublic && keys.some((key) => key.reveal().length < SHORT_SECRET)) {
    problems.push({
      key: 'api.keys',
      source: input.sourceOf(['api', 'keys']),
      expected: `keys of at least ${String(SHORT_SECRET)} characters where the host is not loopback`,
    });
  } else if (keys.some((key) => key.reveal().length < SHORT_API_KEY)) {
    warnings.push({
      key: 'api.keys',
      message: `a key has fewer than ${String(SHORT_API_KEY)} characters and can be guessed`,
    });
  }
  if (isPublic) {
    const isWaived = serverSchema.shape.allow_unauthenticated.safeParse(
      input.get(['server', 'allow_unauthenticated']),
    );
    const { problems: open, warnings: allowed } = checkPublic(input, host, isWaived.data === true);
    problems.push(...open);
    warnings.push(...allowed);
  }
  return { problems, warnings };
}

function checkPublic(input: RuleInput['input'], host: string, isAllowed: boolean): Findings {
  const isWebhookOpen = !input.has(['webhook', 'secrets']) && !input.has(['webhook', 'allow_from']);
  const isApiOpen = !input.has(['api', 'keys']);
  const open = [
    ...(isWebhookOpen
      ? [{ key: 'webhook.secrets', variables: 'WEBHOOK_SECRET, or WEBHOOK_ALLOW_FROM' }]
      : []),
    ...(isApiOpen ? [{ key: 'api.keys', variables: 'API_KEYS' }] : []),
  ];
  if (isAllowed) {
    return {
      problems: [],
      warnings: open.map(({ key }) => ({
        key,
        message: `none, and the host ${host} is not loopback: anyone who reaches it is let in`,
      })),
    };
  }
  return {
    problems: open.map(({ key, variables }) => ({
      key,
      source: null,
      expected: `at least one (${variables}), because the host ${host} is not loopback; or server.allow_unauthenticated: true`,
    })),
    warnings: [],
  };
}

function shortSecrets(secrets: readonly Secret[]): ConfigWarning[] {
  return secrets.some((secret) => secret.reveal().length < SHORT_SECRET)
    ? [
        {
          key: 'webhook.secrets',
          message: `a secret has fewer than ${String(SHORT_SECRET)} characters and can be guessed`,
        },
      ]
    : [];
}
