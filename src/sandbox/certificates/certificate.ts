import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { bits, boolean, der, explicit, integer, octets, oid, sequence, set, text, time } from './der';

/** A certificate and its private key (PKCS#8), both PEM. */
export interface CertifiedKey {
  readonly certPem: string;
  readonly keyPem: string;
}

/** The attributes of a name, each with its OID. */
export type Name = readonly (readonly [id: string, value: string])[];

export const commonNameId = '2.5.4.3';
export const userIdId = '0.9.2342.19200300.100.1.1';

export interface Extension {
  readonly id: string;
  /** DER. */
  readonly value: Buffer;
  readonly isCritical?: boolean;
}

export interface CertificateOptions {
  readonly subject: Name;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Extension[];
  /** Null: it signs itself. */
  readonly issuer: { readonly name: Name; readonly keyPem: string } | null;
}

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
const version3 = explicit(0, integer(2));
/** Of an uncompressed point of P-256. */
const pointBytes = 65;
const generate = promisify(generateKeyPair);

/** A certificate (RFC 5280) for a fresh key on P-256. The issuer's key is on P-256 too. */
export async function issueCertificate(options: CertificateOptions): Promise<CertifiedKey> {
  const { subject, notBefore, notAfter, extensions, issuer } = options;
  const { publicKey, privateKey } = await generate('ec', { namedCurve: 'P-256' });
  const signingKey = issuer === null ? privateKey : createPrivateKey(issuer.keyPem);
  const content = sequence(
    version3,
    der(0x02, newSerial()),
    ecdsaWithSha256,
    nameDer(issuer?.name ?? subject),
    sequence(time(notBefore), time(notAfter)),
    nameDer(subject),
    spki(publicKey),
    explicit(3, sequence(...[...extensions, ...keyIdentifiers(publicKey, signingKey)].map(extensionDer))),
  );
  const signature = sign('sha256', content, signingKey);
  return {
    certPem: toPem(sequence(content, ecdsaWithSha256, bits(signature))),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function nameDer(name: Name): Buffer {
  return sequence(...name.map(([id, value]) => set(sequence(oid(id), text(value)))));
}

/** The host names and addresses that a server has. */
export function alternativeNames(hosts: readonly string[]): Extension {
  const names = hosts.map((host) =>
    isIP(host) === 0 ? der(0x82, Buffer.from(host)) : der(0x87, addressBytes(host)),
  );
  return { id: '2.5.29.17', value: sequence(...names) };
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  // A URL has the address in its shortest form, and never with dots.
  const { hostname } = new URL(`http://[${address.replace(/%.*/, '')}]`);
  const [before = [], after = []] = hostname
    .slice(1, -1)
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  const groups = [...before, ...zeros, ...after].map((group) => group.padStart(4, '0'));
  return Buffer.from(groups.join(''), 'hex');
}

/** Clients that check strictly, as Python does, find the issuer by these. */
function keyIdentifiers(publicKey: KeyObject, signingKey: KeyObject): readonly Extension[] {
  return [
    { id: '2.5.29.14', value: octets(keyIdentifier(publicKey)) },
    { id: '2.5.29.35', value: sequence(der(0x80, keyIdentifier(createPublicKey(signingKey)))) },
  ];
}

/** RFC 5280, 4.2.1.2 (1): of the point alone, which ends the key's DER. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash('sha1').update(spki(publicKey).subarray(-pointBytes)).digest();
}

function spki(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' });
}

function extensionDer({ id, value, isCritical = false }: Extension): Buffer {
  return sequence(oid(id), ...(isCritical ? [boolean(true)] : []), octets(value));
}

/** Positive, and never shortened: the first two bits are 01. */
function newSerial(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

function toPem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
