import { didYouMean, editDistance } from '../did-you-mean';
import type { Environment } from './environment';
import { readVariable } from './environment';
import type { KeyEntry } from '../key-table';
import type { ConfigWarning } from '../problem';

/** Variables of other push servers and of older ways to reach the providers, and what to set instead. */
const foreign: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['FCM_SERVER_KEY', 'FCM_API_KEY', 'FCM_KEY', 'FCM_LEGACY_KEY', 'GCM_API_KEY', 'FIREBASE_SERVER_KEY'].map(
      (name) => [
        name,
        'Google has switched off server keys (the legacy FCM API); set FCM_SERVICE_ACCOUNT_FILE to the JSON file of a service account (Firebase console, Project settings, Service accounts)',
      ],
    ),
  ),
  FCM_CREDENTIALS: 'set FCM_SERVICE_ACCOUNT_FILE to the JSON file of a service account',
  FIREBASE_SERVICE_ACCOUNT: 'set FCM_SERVICE_ACCOUNT (the JSON) or FCM_SERVICE_ACCOUNT_FILE',
  APNS_BUNDLE_ID: 'set APNS_TOPIC',
  APNS_P8: 'set APNS_KEY, or APNS_KEY_FILE',
  APNS_P12: 'set APNS_PFX_FILE',
  APNS_PASSWORD: 'set APNS_PASSPHRASE',
  APNS_PRODUCTION: 'set APNS_ENVIRONMENTS',
  APNS_ENVIRONMENT: 'set APNS_ENVIRONMENTS',
  WUKONGIM_API_URL: "this version of the relay does not call WuKongIM's API yet",
  WUKONGIM_MANAGER_TOKEN: "this version of the relay does not call WuKongIM's API yet",
  WUKONGIM_MANAGER_TOKEN_FILE: "this version of the relay does not call WuKongIM's API yet",
  RECEIPTS_SECRET: 'this version of the relay takes no receipts yet',
  RECEIPTS_SECRET_FILE: 'this version of the relay takes no receipts yet',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'this version of the relay sends no traces yet',
};

const ourPrefixes = /^(APNS|FCM|WEBHOOK|API_KEYS?|REDIS|RELAY|STORM|PROVIDERS?)_/;
/** Read by the commands, or by Google's library. */
const ofCommands = ['RELAY_CONFIG', 'RELAY_URL', 'RELAY_API_KEY', 'GOOGLE_APPLICATION_CREDENTIALS'];
/** What Kubernetes and Docker set for a service named redis or relay. */
const ofService = /_(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP)(_(ADDR|PORT|PROTO))?)?|NAME|ENV_\w+)$/;

/** Variables that look like ours and are not read: mistyped ones, those of other servers, those of later versions. */
export function strangeVariables(keys: readonly KeyEntry[], env: Environment): ConfigWarning[] {
  const known = keys.flatMap((key) =>
    key.env === undefined ? [] : key.secret === true ? [key.env, `${key.env}_FILE`] : [key.env],
  );
  return Object.keys(env).flatMap((name) => {
    if (known.includes(name) || ofCommands.includes(name) || readVariable(env, name) === null) return [];
    const message = strangeness(name, known, env);
    return message === null
      ? []
      : [{ key: name, message: `this environment variable is not read; ${message}` }];
  });
}

function strangeness(name: string, known: readonly string[], env: Environment): string | null {
  if (Object.hasOwn(foreign, name)) return foreign[name] ?? null;
  const base = name.replace(/_FILE$/, '');
  if (base !== name && known.includes(base)) return `${base} has no _FILE twin, because it is no secret`;
  const isOurs = ourPrefixes.test(name) && !ofService.test(name);
  const near = name.includes('_')
    ? didYouMean(
        name,
        known.filter((each) => each.includes('_')),
      )
    : null;
  const isNear =
    near !== null && readVariable(env, near) === null && (isOurs || editDistance(name, near) <= 2);
  if (isNear && !ofService.test(name)) return `did you mean ${near}?`;
  return isOurs ? 'docs/configuration.md lists those that are' : null;
}
