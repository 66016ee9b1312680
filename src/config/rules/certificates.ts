import { X509Certificate } from 'node:crypto';
import { basename } from 'node:path';
import { matchCertificateKey } from '../credentials/pem';
import { openPfx } from '../credentials/pfx';
import { describeCertificate } from '../credentials/push-certificate';
import type { ConfigInput } from '../read/input';
import { expectedMessage } from '../problem';
import type { ConfigWarning } from '../problem';
import type { ApnsSection } from '../sections/apns';
import { defaultApp } from '../sections/app';
import type { Findings } from './rule';

const monthMs = 30 * 86_400_000;

/** An app's APNs credential as a whole: parts that do not fit together, and what APNs will refuse. */
export function checkCertificates(
  input: ConfigInput,
  app: string,
  apns: ApnsSection,
  nowMs: number,
): Findings {
  const { cert, pfx } = apns;
  if (cert !== null) return checkCert(input, app, apns, cert.reveal(), nowMs);
  if (pfx !== null) return checkPfx(input, app, apns, pfx.reveal(), nowMs);
  return apns.key === null ? { problems: [], warnings: [] } : checkIds(input, app, apns);
}

function name(app: string, key: string): string {
  return app === defaultApp ? `${key} (APNS_${key.toUpperCase()})` : key;
}

function fault(input: ConfigInput, app: string, key: string, message: string): Findings {
  const source = input.sourceOf(['apps', app, 'apns', key]);
  return { problems: [{ key: `apps.${app}.apns.${key}`, source, message }], warnings: [] };
}

function checkCert(
  input: ConfigInput,
  app: string,
  apns: ApnsSection,
  cert: string,
  nowMs: number,
): Findings {
  const { cert_key: certKey, passphrase } = apns;
  // One PEM file may hold both.
  if (certKey === null && !cert.includes('PRIVATE KEY-----')) {
    const variable = app === defaultApp ? ' (APNS_CERT_KEY)' : '';
    const key = `apps.${app}.apns.cert_key`;
    return {
      problems: [{ key, source: null, message: `is required${variable}, because cert is set` }],
      warnings: [],
    };
  }
  const result = matchCertificateKey(cert, certKey?.reveal() ?? cert, passphrase?.reveal() ?? null);
  if (!result.ok)
    return fault(input, app, certKey === null ? 'cert' : 'cert_key', expectedMessage(result.expected));
  return { problems: [], warnings: concerns(app, 'cert', new X509Certificate(cert), apns, nowMs) };
}

function checkPfx(input: ConfigInput, app: string, apns: ApnsSection, pfx: string, nowMs: number): Findings {
  const opened = openPfx(pfx, apns.passphrase?.reveal() ?? null);
  if (!opened.ok) return fault(input, app, 'pfx', expectedMessage(opened.expected));
  return { problems: [], warnings: concerns(app, 'pfx', opened.value, apns, nowMs) };
}

/** What APNs will refuse, now or soon, though the certificate is whole. */
function concerns(
  app: string,
  key: 'cert' | 'pfx',
  certificate: X509Certificate,
  { topic, environments }: ApnsSection,
  nowMs: number,
): ConfigWarning[] {
  const { validFromMs, endsAtMs, topics, environments: served } = describeCertificate(certificate);
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const messages: string[] = [];
  if (endsAtMs <= nowMs) messages.push(`the certificate ended on ${day(endsAtMs)}; APNs will refuse it`);
  else if (endsAtMs <= nowMs + monthMs) messages.push(`the certificate ends on ${day(endsAtMs)}`);
  if (validFromMs > nowMs)
    messages.push(
      `the certificate is not valid before ${day(validFromMs)}; APNs will refuse it (is the clock right?)`,
    );
  if (topics.length > 0 && topic !== null && !topics.includes(topic))
    messages.push(
      `the certificate is for ${topics.slice(0, 3).join(', ')}, and ${name(app, 'topic')} is ${topic}; APNs will refuse it`,
    );
  for (const environment of served.length === 0 ? [] : environments.filter((each) => !served.includes(each)))
    messages.push(
      `the certificate is for ${served.join(', ')} only, and ${name(app, 'environments')} includes ${environment}; set it to ${served.join(', ')}`,
    );
  return messages.map((message) => ({ key: `apps.${app}.apns.${key}`, message }));
}

/** Both ids have 10 characters; the name of Apple's file says which is the key's. */
function checkIds(input: ConfigInput, app: string, apns: ApnsSection): Findings {
  const { key_id: keyId, team_id: teamId } = apns;
  const [keyIdName, teamIdName] = [name(app, 'key_id'), name(app, 'team_id')];
  if (keyId !== null && keyId === teamId)
    return fault(
      input,
      app,
      'key_id',
      `${keyIdName} and ${teamIdName} are the same; the key id is in the name of the .p8 file, the team id on Apple's membership page`,
    );
  const file = basename(input.sourceOf(['apps', app, 'apns', 'key']) ?? '');
  // Also a copy that a browser or a person has named: AuthKey_ABCDE12345 (1).p8.
  const [, idOfFile] = /^(?:Apns)?AuthKey_([A-Z0-9]{10})(?![A-Z0-9]).*\.(?:p8|pem|txt)$/i.exec(file) ?? [];
  const warnings = teamPrefix(app, apns);
  if (idOfFile === undefined || keyId === null || keyId === idOfFile) return { problems: [], warnings };
  if (teamId === idOfFile)
    return fault(
      input,
      app,
      'key_id',
      `${keyIdName} and ${teamIdName} are swapped: the key id is that of the file, ${idOfFile}`,
    );
  const message = `${keyId} is not the id in the name of the file (${file}); check ${keyIdName} and ${teamIdName}, because APNs refuses every push with a wrong one`;
  return { problems: [], warnings: [{ key: `apps.${app}.apns.key_id`, message }, ...warnings] };
}

/** Apple calls `TEAM123456.com.example.app` the application identifier; APNs wants the bundle id alone. */
function teamPrefix(app: string, { topic, team_id: teamId }: ApnsSection): ConfigWarning[] {
  if (teamId === null || topic?.startsWith(`${teamId}.`) !== true) return [];
  const message = `${name(app, 'topic')} begins with the team id; the bundle id is ${topic.slice(teamId.length + 1)}, and APNs refuses any other`;
  return [{ key: `apps.${app}.apns.topic`, message }];
}
