import { createPrivateKey } from 'node:crypto';
import { parseObject } from '../../shared/json-object';
import { Secret } from '../secret';
import { credentialOk, credentialProblem, type CredentialResult } from './credential-result';
import { wrongKind } from './kinds';
import { normalizePem } from './pem-text';

/** Huawei's service account, checked. */
export interface HarmonyAccount {
  readonly projectId: string;
  readonly keyId: string;
  /** RSA, PEM. */
  readonly privateKey: Secret;
  readonly subAccount: string;
}

const what = 'the JSON of a Huawei service account key';

/** Reads the file that Huawei's API console hands out (Service account keys). */
export function readHarmonyAccount(json: string): CredentialResult<HarmonyAccount> {
  const fields = parseObject(json);
  const hint = fields !== null && 'sub_account' in fields ? '' : wrongKind(json, 'service_account_file');
  if (fields === null || hint !== '')
    return credentialProblem(`${what}${hint === '' ? '; this is no JSON object' : hint}`);
  const names = ['project_id', 'key_id', 'private_key', 'sub_account'];
  const texts = names.map((name) => textOf(fields[name]));
  const missing = names.filter((_, at) => texts[at] === '');
  if (missing.length > 0) return credentialProblem(`${what} with ${missing.join(', ')}`);
  const [projectId = '', keyId = '', pem = '', subAccount = ''] = texts;
  if (![projectId, keyId, subAccount].every((id) => /^[\x21-\x7e]{1,128}$/.test(id)))
    return credentialProblem(`${what} whose ids have no blanks`);
  const privateKey = normalizePem(pem);
  if (!isRsaKey(privateKey))
    return credentialProblem(`${what} whose "private_key" is an RSA private key in PEM`);
  return credentialOk({ projectId, keyId, privateKey: new Secret(privateKey), subAccount });
}

/** Ids may be numbers. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
