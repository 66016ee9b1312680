import { didYouMean, editDistance } from '../did-you-mean';
import type { Environment } from './environment';
import { noServerKeys } from '../credentials/kinds';
import { readVariable } from './environment';
import type { KeyEntry } from '../key-table';
import type { ConfigWarning } from '../problem';

/** Variables of other push servers and of older ways to reach the providers, and what to set instead. */
const foreign: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['FCM_CREDENTIALS', 'FIREBASE_CREDENTIALS', 'FIREBASE_SERVICE_ACCOUNT', 'GOOGLE_CREDENTIALS'].map(
      (name) => [name, 'set FCM_SERVICE_ACCOUNT (the JSON of a service account) or FCM_SERVICE_ACCOUNT_FILE'],
    ),
  ),
  FIREBASE_PROJECT_ID: 'set FCM_PROJECT_ID',
  FCM_PROJECT: 'set FCM_PROJECT_ID',
  APNS_BUNDLE_ID: 'set APNS_TOPIC',
  APNS_AUTH_KEY: 'set APNS_KEY, or APNS_KEY_FILE',
  APNS_P8: 'set APNS_KEY, or APNS_KEY_FILE',
  APNS_P12: 'set APNS_PFX_FILE',
  APNS_PASSWORD: 'set APNS_PASSPHRASE',
  APNS_CERT_PASSWORD: 'set APNS_PASSPHRASE',
  REDIS_HOST: 'set REDIS_URL, like redis://user:password@host:6379/0',
  REDIS_PASSWORD: 'set REDIS_URL, like redis://user:password@host:6379/0',
  APNS_PRODUCTION: 'set APNS_ENVIRONMENTS',
  APNS_ENVIRONMENT: 'set APNS_ENVIRONMENTS',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'set OTEL_EXPORTER_OTLP_ENDPOINT, without /v1/traces',
};

/** Server keys of Google's legacy API, by whichever name other servers call them. */
const serverKey = /^(FCM|GCM|FIREBASE|ANDROID)_((LEGACY_)?(SERVER|API|AUTH)_?)?(LEGACY_?)?KEY$/;
const ourPrefixes = /^(APNS|FCM|WEBHOOK|API_KEYS?|REDIS|RELAY|STORM|PROVIDERS?|WUKONGIM)_/;
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
  const base = name.replace(/_(FILE|PATH)$/, '');
  if (serverKey.test(base)) return noServerKeys('FCM_SERVICE_ACCOUNT_FILE');
  const ofOthers = [name, base].find((each) => Object.hasOwn(foreign, each));
  if (ofOthers !== undefined) return foreign[ofOthers] ?? null;
  if (name === `${base}_FILE` && known.includes(base))
    return `${base} has no _FILE twin, because it is no secret`;
  const joined = known.find(
    (each) => each.includes('_') && each.replaceAll('_', '') === name.toUpperCase().replaceAll('_', ''),
  );
  if (joined !== undefined && readVariable(env, joined) === null) return `did you mean ${joined}?`;
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
