import { createPrivateKey } from 'node:crypto';
import { isLoopback } from '../cidr';
import { credentialOk, credentialProblem } from './credential-result';
import type { CredentialResult } from './credential-result';
import { isBlank } from '../leaves/written-text';
import { Secret } from '../secret';
import { parseObject } from '../../shared/json-object';
import { wrongKind } from './kinds';
import { normalizePem } from './pem-text';

/** A Google service account's key file, checked. */
export interface ServiceAccount {
  readonly projectId: string;
  readonly clientEmail: string;
  /** PKCS#8 PEM, RSA. */
  readonly privateKey: Secret;
  readonly privateKeyId: string | null;
  readonly tokenUri: string;
}

const defaultTokenUri = 'https://oauth2.googleapis.com/token';
const projectIdPattern = /^[a-z0-9][a-z0-9:.-]{0,60}$/;
const what = 'the JSON of a Google service account key';

/** Reads the file that the Firebase console hands out (Project settings, Service accounts). */
export function readServiceAccount(json: string): CredentialResult<ServiceAccount> {
  const fields = parseObject(json);
  if (fields?.type !== 'service_account') {
    const hint = wrongKind(json, 'service_account_file (FCM_SERVICE_ACCOUNT_FILE)');
    const other =
      fields === null ? '; this is no JSON object' : '; this is JSON without "type": "service_account"';
    return credentialProblem(`${what}${hint === '' ? other : hint}`);
  }
  const missing = ['project_id', 'client_email', 'private_key'].filter(
    (name) => typeof fields[name] !== 'string' || isBlank(fields[name]),
  );
  if (missing.length > 0) return credentialProblem(`${what} with ${missing.join(', ')}`);
  const { private_key: privateKey, token_uri: tokenUri = defaultTokenUri, private_key_id: keyId } = fields;
  const projectId = String(fields.project_id).trim();
  const clientEmail = String(fields.client_email).trim();
  if (!projectIdPattern.test(projectId))
    return credentialProblem(`${what} whose "project_id" is that of a Firebase project`);
  if (!/^[^\s@]+@[^\s@]+$/.test(clientEmail))
    return credentialProblem(`${what} whose "client_email" is an email address`);
  const pem = normalizePem(String(privateKey));
  if (!isRsaKey(pem)) return credentialProblem(`${what} whose "private_key" is an RSA private key in PEM`);
  if (typeof tokenUri !== 'string' || !isTokenUri(tokenUri))
    return credentialProblem(
      `${what} whose "token_uri" is a https URL without user, password, query and fragment`,
    );
  return credentialOk({
    projectId,
    clientEmail,
    privateKey: new Secret(pem),
    privateKeyId: typeof keyId === 'string' ? keyId : null,
    tokenUri,
  });
}

/** The `type` of a Google credential file; null when it is none. */
export function googleCredentialType(json: string): string | null {
  const type = parseObject(json)?.type;
  return typeof type === 'string' ? type : null;
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
  const { protocol, hostname, username, password } = new URL(value);
  if (username !== '' || password !== '' || /[?#]/.test(value)) return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[(.*)\]$/, '$1')));
}
