import { createPrivateKey } from 'node:crypto';
import { credentialOk, type CredentialCheck } from '../wire/credential-check';

/** What the relay uses of a service account's key file. */
export interface ServiceAccount {
  readonly clientEmail: string;
  /** RSA, PEM. */
  readonly privateKey: string;
  readonly privateKeyId: string | null;
  readonly tokenUri: string;
}

export type ServiceAccountReading =
  | { readonly ok: true; readonly account: ServiceAccount; readonly projectId: string }
  | { readonly ok: false; readonly problem: string };

const defaultTokenUri = 'https://oauth2.googleapis.com/token';

/** Reads the key file that the Firebase console hands out (Project settings, Service accounts). */
export function readServiceAccount(json: string): ServiceAccountReading {
  const fields = parseObject(json);
  if (fields === null)
    return credentialBad('expected the JSON of a service account key; this is no JSON object');
  if (fields['type'] !== 'service_account') {
    const hint = 'project_info' in fields ? '; google-services.json is for the app, not for servers' : '';
    return credentialBad(`expected "type": "service_account"${hint}`);
  }
  const { client_email: clientEmail, private_key: privateKey, project_id: projectId } = fields;
  if (!isText(projectId)) return credentialBad('expected a "project_id"');
  if (!isText(clientEmail)) return credentialBad('expected a "client_email"');
  if (!isText(privateKey) || !isRsaKey(privateKey)) {
    return credentialBad('expected a "private_key" that is an RSA private key in PEM');
  }
  const tokenUri = fields['token_uri'] ?? defaultTokenUri;
  if (!isText(tokenUri) || !isWebUrl(tokenUri))
    return credentialBad('expected a "token_uri" that is an https URL');
  const keyId = fields['private_key_id'];
  const privateKeyId = isText(keyId) ? keyId : null;
  return { ok: true, account: { clientEmail, privateKey, privateKeyId, tokenUri }, projectId };
}

export function validateServiceAccount(json: string): CredentialCheck {
  const reading = readServiceAccount(json);
  return reading.ok ? credentialOk : reading;
}

function credentialBad(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

function isWebUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function parseObject(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
