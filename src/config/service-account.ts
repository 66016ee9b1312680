import { createPrivateKey } from 'node:crypto';
import { isLoopback } from './cidr';
import { credentialOk, credentialProblem } from './credential-result';
import type { CredentialResult } from './credential-result';
import { Secret } from './secret';

/** A Google service account's key file, checked. */
export interface ServiceAccount {
  readonly projectId: string;
  readonly clientEmail: string;
  /** PKCS#8 PEM, RSA. */
  readonly privateKey: Secret;
  readonly privateKeyId: string | null;
  readonly tokenUri: string;
}

const DEFAULT_TOKEN_URI = 'https://oauth2.googleapis.com/token';
const WHAT = 'the JSON of a Google service account key';

/** Reads the file that the Firebase console hands out (Project settings, Service accounts). */
export function readServiceAccount(json: string): CredentialResult<ServiceAccount> {
  const fields = parseObject(json);
  if (fields === null) return credentialProblem(`${WHAT}; this is no JSON object`);
  if (fields.type !== 'service_account') {
    return credentialProblem(
      `${WHAT}, whose "type" is "service_account"${'project_info' in fields ? '; google-services.json is for the app, not for servers' : ''}`,
    );
  }
  const missing = ['project_id', 'client_email', 'private_key'].filter(
    (name) => typeof fields[name] !== 'string' || fields[name] === '',
  );
  if (missing.length > 0) return credentialProblem(`${WHAT} with ${missing.join(', ')}`);
  const { private_key: privateKey, token_uri: tokenUri = DEFAULT_TOKEN_URI, private_key_id: keyId } = fields;
  if (!isRsaKey(String(privateKey)))
    return credentialProblem(`${WHAT} whose "private_key" is an RSA private key in PEM`);
  if (typeof tokenUri !== 'string' || !isTokenUri(tokenUri))
    return credentialProblem(`${WHAT} whose "token_uri" is a https URL`);
  return credentialOk({
    projectId: String(fields.project_id),
    clientEmail: String(fields.client_email),
    privateKey: new Secret(String(privateKey)),
    privateKeyId: typeof keyId === 'string' ? keyId : null,
    tokenUri,
  });
}

/** The `type` of a Google credential file; null when it is none. */
export function googleCredentialType(json: string): string | null {
  const type = parseObject(json)?.type;
  return typeof type === 'string' ? type : null;
}

function parseObject(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

function isTokenUri(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[(.*)\]$/, '$1')));
}
