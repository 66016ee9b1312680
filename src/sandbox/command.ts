import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { systemClock, type Clock } from '../domain/clock';
import { parseIdentity, type SandboxIdentity } from './identity';
import { startSandbox, type Sandbox, type SandboxOptions } from './sandbox';

/** What `wukongim-push-relay sandbox` takes. Absent ports are the fixed ones of docs/sandbox.md; 0 = any free one. */
export interface SandboxCommandOptions {
  readonly host?: string | undefined;
  readonly hostNames?: readonly string[] | undefined;
  readonly apnsPort?: number | undefined;
  readonly apnsSandboxPort?: number | undefined;
  readonly fcmPort?: number | undefined;
  readonly controlPort?: number | undefined;
  readonly controlHost?: string | undefined;
  readonly topic?: string | undefined;
  /** Directory for the CA, the keys and the service account; made when absent, and its identity used again. */
  readonly out: string;
  readonly record?: 'all' | 'counts' | undefined;
  readonly recordLimit?: number | undefined;
}

/** The process, as far as the command needs it. */
export interface SandboxCommandIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly cwd: string;
  readonly clock?: Clock;
  /** Aborts when the process is asked to end (SIGINT, SIGTERM). */
  readonly stopSignal: AbortSignal;
}

/** Where `wukongim-push-relay sandbox` listens unless told otherwise. */
export const sandboxPorts = { apns: 18443, apnsSandbox: 18444, fcm: 18445, control: 18446 } as const;

const identityFile = 'identity.json';

/**
 * Runs a sandbox until `stopSignal` aborts. Resolves with the exit code: 0; 1 where a port is taken; 2 where the
 * directory cannot be used.
 */
export async function runSandboxCommand(
  options: SandboxCommandOptions,
  io: SandboxCommandIo,
): Promise<0 | 1 | 2> {
  const directory = resolve(io.cwd, options.out);
  let identity: SandboxIdentity | null;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    identity = readIdentity(directory);
  } catch (error) {
    io.stderr.write(`sandbox: cannot use ${directory}: ${messageOf(error)}\n`);
    return 2;
  }
  let sandbox: Sandbox;
  try {
    sandbox = await startSandbox(toSandboxOptions(options, identity, io.clock ?? systemClock));
  } catch (error) {
    io.stderr.write(`sandbox: cannot start: ${messageOf(error)}\n`);
    return 1;
  }
  try {
    writeFiles(directory, sandbox);
    io.stdout.write(announcement(directory, sandbox));
    await aborted(io.stopSignal);
    return 0;
  } catch (error) {
    io.stderr.write(`sandbox: cannot write to ${directory}: ${messageOf(error)}\n`);
    return 2;
  } finally {
    await sandbox.close();
  }
}

function toSandboxOptions(
  options: SandboxCommandOptions,
  identity: SandboxIdentity | null,
  clock: Clock,
): SandboxOptions {
  const { host, hostNames, controlHost, topic, record, recordLimit } = options;
  return {
    host,
    hostNames,
    controlHost,
    topic: topic ?? identity?.apns.topic,
    record,
    recordLimit,
    clock,
    apnsPort: options.apnsPort ?? sandboxPorts.apns,
    apnsSandboxPort: options.apnsSandboxPort ?? sandboxPorts.apnsSandbox,
    fcmPort: options.fcmPort ?? sandboxPorts.fcm,
    controlPort: options.controlPort ?? sandboxPorts.control,
    ...(identity === null || (topic !== undefined && topic !== identity.apns.topic) ? {} : { identity }),
  };
}

function readIdentity(directory: string): SandboxIdentity | null {
  const path = join(directory, identityFile);
  return existsSync(path) ? parseIdentity(readFileSync(path, 'utf8')) : null;
}

function writeFiles(directory: string, sandbox: Sandbox): void {
  const { apnsCertificate, apns, serviceAccount } = sandbox.credentials;
  const files: readonly (readonly [string, string | Buffer])[] = [
    ['ca.pem', sandbox.caPem],
    [keyFile(apns.keyId), apns.keyPem],
    ['apns-certificate.pem', apnsCertificate.certPem],
    ['apns-certificate-key.pem', apnsCertificate.keyPem],
    ['apns-certificate.p12', apnsCertificate.pfx],
    ['service-account.json', `${JSON.stringify(serviceAccount, null, 2)}\n`],
    ['relay.env', relayEnvironment(directory, sandbox)],
    [identityFile, `${JSON.stringify(sandbox.identity, null, 2)}\n`],
  ];
  for (const [name, content] of files) {
    const path = join(directory, name);
    writeFileSync(path, content, { mode: 0o600 });
    // The mode above is only of a new file.
    chmodSync(path, 0o600);
  }
}

/** Environment variables of a relay that sends to this sandbox; for a shell (`set -a; . relay.env`) and env files. */
function relayEnvironment(directory: string, sandbox: Sandbox): string {
  const { apns } = sandbox.credentials;
  return [
    ['NODE_EXTRA_CA_CERTS', join(directory, 'ca.pem')],
    ['APNS_KEY_FILE', join(directory, keyFile(apns.keyId))],
    ['APNS_KEY_ID', apns.keyId],
    ['APNS_TEAM_ID', apns.teamId],
    ['APNS_TOPIC', apns.topic],
    ['APNS_URL', sandbox.apns.url],
    ['APNS_SANDBOX_URL', sandbox.apns.sandboxUrl],
    ['FCM_SERVICE_ACCOUNT_FILE', join(directory, 'service-account.json')],
    ['FCM_URL', sandbox.fcm.url],
  ]
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function announcement(directory: string, sandbox: Sandbox): string {
  return [
    `APNs production   ${sandbox.apns.url}`,
    `APNs sandbox      ${sandbox.apns.sandboxUrl}`,
    `FCM               ${sandbox.fcm.url}`,
    `OAuth tokens      ${sandbox.fcm.tokenUri}`,
    `control plane     ${sandbox.controlUrl ?? 'none'}   (GET /state, GET /accepted, POST /script, POST /reset)`,
    `CA certificate    ${join(directory, 'ca.pem')}`,
    `credentials       ${directory}`,
    '',
    'Point a relay at it:',
    `  set -a; . ${join(directory, 'relay.env')}; set +a; wukongim-push-relay serve`,
    '',
    'Ctrl-C ends it.',
    '',
  ].join('\n');
}

function keyFile(keyId: string): string {
  return `AuthKey_${keyId}.p8`;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
