import { vapidPublicKeyOf } from '../../shared/webpush/vapid-keys';
import type { ConfigProblem } from '../problem';
import type { ConfigInput } from '../read/input';
import { isTree } from '../read/input';
import type { WebPushSection } from '../sections/makers/webpush';
import type { ProviderRules } from './provider-rules';

export const webPushRules: ProviderRules = {
  hasCredential: (input, app) => input.has(['apps', app, 'webpush', 'private_key']),
  hasHalfCredential: (input, app) =>
    !webPushRules.hasCredential(input, app) && isTree(input.get(['apps', app, 'webpush'])),
  check: ({ input, sections }, app, isSandbox) => {
    const path = ['apps', app, 'webpush'];
    if (isSandbox || !isTree(input.get(path))) return { problems: [], warnings: [] };
    const section = sections.apps?.[app]?.webpush ?? null;
    const problems = [
      ...missingKeys(input, path),
      ...(section === null
        ? []
        : [...unpaired(section, path), ...unpaired(section.previous, [...path, 'previous'])]),
    ];
    const warnings =
      section?.allowed_hosts.includes('any') === true && section.allow_private_addresses
        ? [
            {
              key: [...path, 'allow_private_addresses'].join('.'),
              message:
                'with allowed_hosts: any, whoever registers a browser can make the relay send requests into your own network; name the hosts',
            },
          ]
        : [];
    return { problems, warnings };
  },
  urls: () => [],
};

function missingKeys(input: ConfigInput, path: readonly string[]): ConfigProblem[] {
  const missing = (names: readonly string[], at: readonly string[], why: string): ConfigProblem[] =>
    names
      .filter((name) => !input.has([...at, name]))
      .map((name) => ({
        key: [...at, name].join('.'),
        source: null,
        message: `is required, because ${why}`,
      }));
  const previous = [...path, 'previous'];
  return [
    ...missing(
      ['public_key', 'private_key', 'subject', 'base_url'],
      path,
      `${path.join('.')} is set (wukongim-push-relay vapid-keys makes a pair of keys)`,
    ),
    ...(isTree(input.get(previous))
      ? missing(['public_key', 'private_key'], previous, `${previous.join('.')} is set`)
      : []),
  ];
}

function unpaired(
  { public_key: publicKey, private_key: privateKey }: Pick<WebPushSection, 'public_key' | 'private_key'>,
  path: readonly string[],
): ConfigProblem[] {
  if (publicKey === null || privateKey === null) return [];
  return vapidPublicKeyOf(privateKey.reveal()) === publicKey
    ? []
    : [
        {
          key: [...path, 'public_key'].join('.'),
          source: null,
          message: 'expected the public key of private_key; these two are no pair',
        },
      ];
}
