import { maskToken } from '../domain/mask';

/** Fields that hold a device token: its end is shown, so that two of them can be told apart. */
const TOKEN_FIELDS = ['token', 'voipToken', 'voip_token', 'deviceToken', 'device_token'];

/** Fields that hold a credential, or what somebody wrote. */
const SECRET_FIELDS = [
  'secret',
  'secrets',
  'password',
  'passphrase',
  'authorization',
  'apiKey',
  'api_key',
  'privateKey',
  'private_key',
  'accessToken',
  'access_token',
  'jwt',
  'managerToken',
];

const MASK = '********';

/** For pino's `redact`: the fields by name, at the top and two levels below it. */
export const logRedaction = {
  paths: [...TOKEN_FIELDS, ...SECRET_FIELDS].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
  censor(value: unknown, path: string[]): unknown {
    if (value === null || value === undefined) return value;
    return typeof value === 'string' && TOKEN_FIELDS.includes(path.at(-1) ?? '') ? maskToken(value) : MASK;
  },
};

/** A text of somebody else's (an error's message) without what may be secret in it: passwords in URLs, bearers, tokens in paths. */
export function redactText(text: string): string {
  return text
    .replaceAll(/(:\/\/)[^\s/@:]*(:[^\s/@]*)?@/g, `$1${MASK}@`)
    .replaceAll(/\b(bearer|basic) +[\w.~+/=-]+/gi, `$1 ${MASK}`)
    .replaceAll(/([?&](?:token|secret|key|password)=)[^\s&]+/gi, `$1${MASK}`)
    .replaceAll(/(\/webhook\/)[^\s/?]+/g, `$1${MASK}`)
    .replaceAll(/(\/3\/device\/)([0-9a-f]+)/gi, (_, path: string, token: string) => path + maskToken(token));
}
