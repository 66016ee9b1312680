import type { KeyObject } from 'node:crypto';
import { createPrivateKey } from 'node:crypto';
import { isObject } from '../../shared/json-object';
import { normalizePem } from './pem-text';

/** What a credential turns out to be that was given in the wrong place. */
export interface CredentialKind {
  readonly name: string;
  /** The key that it belongs in; null: none of this relay's. */
  readonly home: string | null;
}

const kind = (name: string, home: string | null = null): CredentialKind => ({ name, home });

/** Where somebody still has a key of the legacy API. */
export function noServerKeys(account: string): string {
  return `Google has switched off server keys (the legacy FCM API); set ${account} to the JSON file of a service account (Firebase console, Project settings, Service accounts)`;
}

const serverAccount = 'fcm.service_account_file (FCM_SERVICE_ACCOUNT_FILE)';

/** `; this is a certificate, which belongs in cert_file (APNS_CERT_FILE)`; empty where nothing can be said. */
export function wrongKind(value: string, fileKey: string): string {
  const found = kindOf(value, fileKey);
  if (found === null) return '';
  return `; this is ${found.name}${found.home === null ? '' : `, which belongs in ${found.home}`}`;
}

function kindOf(value: string, fileKey: string): CredentialKind | null {
  const text = value.trim();
  // Before PEM: the file of a service account has a private key in it.
  if (/^[{[]/.test(text)) return kindOfJson(text);
  const packed = kindOfBase64(text);
  if (packed !== null) return packed;
  const pem = normalizePem(text);
  if (pem.includes('-----BEGIN')) return kindOfPem(pem);
  if (/firebaseConfig\s*=|^\s*apiKey\s*:/m.test(text))
    return kind('the web configuration of Firebase, for web pages');
  if (/^<\?xml|^<plist|^<!DOCTYPE plist/i.test(text))
    return kind('GoogleService-Info.plist, which is for the app, not for servers');
  if (/^<(!doctype )?html/i.test(text)) return kind('a web page');
  if (/^(AAAA[\w-]{7}:APA91b|AIza)[\w-]+$/.test(text))
    return kind(
      `a server key of Google's legacy API, which Google has switched off; a service account belongs in ${serverAccount}`,
    );
  return looksLikeFile(text) ? kind('the name of a file', fileKey) : null;
}

function looksLikeFile(text: string): boolean {
  return (
    /^[\p{L}\p{N}_~.:/\\ -]{1,400}\.[a-z0-9]{2,6}$/iu.test(text) ||
    /^(\.{0,2}|~|[a-z]:)[/\\][^\n]{1,400}$/i.test(text)
  );
}

function kindOfPem(pem: string): CredentialKind {
  const [, label = ''] = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem) ?? [];
  if (label.includes('CERTIFICATE REQUEST'))
    return kind('a certificate signing request, from which Apple makes a certificate');
  if (label.includes('CERTIFICATE')) return kind('a certificate', 'cert_file (APNS_CERT_FILE)');
  if (label.includes('PUBLIC KEY')) return kind('a public key');
  if (label.startsWith('ENCRYPTED') || /Proc-Type:.*ENCRYPTED/.test(pem))
    return kind('an encrypted private key');
  if (label.startsWith('OPENSSH')) return kind('an SSH key');
  if (!label.includes('PRIVATE KEY')) return kind('PEM of another kind');
  const key = privateKeyOf(pem);
  if (key === null) return kind('a private key that cannot be read (it may be cut off)');
  if (key.asymmetricKeyType === 'rsa') return kind('an RSA private key (rsa)');
  if (key.asymmetricKeyType !== 'ec')
    return kind(`a private key of another kind (${key.asymmetricKeyType ?? 'unknown'})`);
  const curve = key.asymmetricKeyDetails?.namedCurve ?? 'unknown';
  if (curve === 'prime256v1') return kind('a P-256 private key', 'key_file (APNS_KEY_FILE)');
  const curves: Readonly<Record<string, string>> = { secp384r1: 'P-384', secp521r1: 'P-521' };
  return kind(`a private key on another curve (${curves[curve] ?? curve})`);
}

function privateKeyOf(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}

function kindOfJson(text: string): CredentialKind | null {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return kind('JSON that is cut off or damaged');
  }
  if (!isObject(fields)) return kind('JSON, but no object');
  if ('agcgw' in fields) return kind('agconnect-services.json, which is for the app, not for servers');
  if ('sub_account' in fields) return kind('a Huawei service account', 'harmony.service_account_file');
  if ('project_info' in fields) return kind('google-services.json, which is for the app, not for servers');
  if ('apiKey' in fields || 'messagingSenderId' in fields)
    return kind('the web configuration of Firebase, for web pages');
  if ('installed' in fields || 'web' in fields)
    return kind('an OAuth client of Google; a service account is needed');
  const type = 'type' in fields && typeof fields.type === 'string' ? fields.type : null;
  if (type === 'service_account') return kind('a Google service account', serverAccount);
  if (
    type !== null &&
    /^(authorized_user|external_account|external_account_authorized_user|impersonated_service_account|gdch_service_account)$/.test(
      type,
    )
  )
    return kind(`Google credentials of the type ${type}`, 'a file that GOOGLE_APPLICATION_CREDENTIALS names');
  return null;
}

function kindOfBase64(text: string): CredentialKind | null {
  if (text.length < 100 || !/^[A-Za-z0-9+/=\s]+$/.test(text)) return null;
  const decoded = Buffer.from(text, 'base64');
  if (decoded[0] === 0x30)
    return kind('base64 of a binary file, as of a .p12', 'pfx (APNS_PFX; a file: APNS_PFX_FILE)');
  if (/^\s*\{/.test(decoded.toString('utf8'))) return kind('base64 of JSON; the JSON itself is expected');
  return null;
}
