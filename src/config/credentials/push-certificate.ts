import type { X509Certificate } from 'node:crypto';

/** What Apple writes into a certificate for pushes. */
export interface PushCertificate {
  readonly validFromMs: number;
  readonly endsAtMs: number;
  /** The bundle id and what derives from it; empty: this is no certificate of Apple's. */
  readonly topics: readonly string[];
  /** Empty: it does not say. */
  readonly environments: readonly ('production' | 'sandbox')[];
}

/** Apple's OIDs below 1.2.840.113635.100.6.3, as DER writes them. */
const appleOid = (last: number) =>
  Buffer.from(`060a2a864886f763640603${last.toString(16).padStart(2, '0')}`, 'hex');
const sandboxOid = appleOid(1);
const productionOid = appleOid(2);
const topicsOid = appleOid(6);

const booleanTag = 0x01;
const octetStringTag = 0x04;
const utf8StringTag = 0x0c;
const sequenceTag = 0x30;

export function describeCertificate(certificate: X509Certificate): PushCertificate {
  const { raw, subject, validFrom, validTo } = certificate;
  const uid = /^UID=(.+)$/m.exec(subject)?.[1];
  return {
    validFromMs: Date.parse(validFrom),
    endsAtMs: Date.parse(validTo),
    topics: [...new Set([...(uid === undefined ? [] : [uid]), ...topicsOf(raw)])],
    environments: [
      ...(raw.includes(productionOid) ? (['production'] as const) : []),
      ...(raw.includes(sandboxOid) ? (['sandbox'] as const) : []),
    ],
  };
}

/** The extension is a sequence of names, each with a sequence of what it is for. */
function topicsOf(raw: Buffer): string[] {
  const at = raw.indexOf(topicsOid);
  if (at < 0) return [];
  let value = readElement(raw, at + topicsOid.length);
  if (value?.tag === booleanTag) value = readElement(raw, value.end);
  if (value?.tag !== octetStringTag) return [];
  const sequence = readElement(raw, value.start);
  if (sequence?.tag !== sequenceTag) return [];
  const topics: string[] = [];
  for (let next = sequence.start; next < sequence.end;) {
    const element = readElement(raw, next);
    if (element === null) break;
    if (element.tag === utf8StringTag) topics.push(raw.toString('utf8', element.start, element.end));
    next = element.end;
  }
  return topics;
}

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** One DER element; null where the bytes end before it does. */
function readElement(bytes: Buffer, at: number): Element | null {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) return null;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4 || at + 2 + lengthBytes > bytes.length) return null;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
  const start = at + 2 + lengthBytes;
  return start + length > bytes.length ? null : { tag, start, end: start + length };
}
