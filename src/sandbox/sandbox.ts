/*
 * Open this file first: it starts the fake providers of `apns/`, `fcm/`, `webpush/` and the makers (`makers/` is what those share). All extend `fake-provider.ts`: `listener.ts`
 * accepts connections (`connection.ts`, `raw-socket.ts`), and each request is an `exchange.ts`. `script.ts` decides whether an
 * `answer.ts` of the test's own replaces the verdict. `recorder.ts` and `repeats.ts` remember what arrived. `control-plane.ts`
 * and `control-request.ts` let another process do all this over HTTP, `jwt.ts` reads the tokens of the relay, and `issued-tokens.ts`
 * hands out access tokens.
 */

import { systemClock, type Clock, type Random } from '../domain/clock';
import { issueServerCertificate } from './certificates/authority';
import { startMakers, type MakerPorts, type Makers } from './makers/start-makers';
import { ControlPlane } from './control-plane';
import { FakeApns } from './apns/fake-apns';
import { FakeFcm } from './fcm/fake-fcm';
import { FakePushService } from './webpush/fake-push-service';
import {
  createIdentity,
  toCredentials,
  type SandboxCredentials,
  type SandboxIdentity,
} from './certificates/identity';

export interface SandboxOptions {
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Further names for the server certificate, e.g. a container's. */
  readonly hostNames?: readonly string[] | undefined;
  /** 0 (default) = any free port. */
  readonly apnsPort?: number | undefined;
  readonly apnsSandboxPort?: number | undefined;
  readonly fcmPort?: number | undefined;
  readonly makerPorts?: MakerPorts | undefined;
  readonly webPushPort?: number | undefined;
  /** Starts the control plane (docs/sandbox.md) on this port; absent: none. */
  readonly controlPort?: number | undefined;
  /** Default 127.0.0.1: whoever reaches it rules the fakes. */
  readonly controlHost?: string | undefined;
  /** Bundle id of the key that the sandbox makes; default com.example.chat. */
  readonly topic?: string | undefined;
  /** Of the RSA key that the sandbox makes; default 2048. */
  readonly rsaBits?: number | undefined;
  /** Bundle ids that this key may push to; default all. */
  readonly topics?: readonly string[] | undefined;
  /** Keys and certificates of an earlier sandbox; default fresh ones. */
  readonly identity?: SandboxIdentity | undefined;
  /** counts: no push is kept (benches); default all. */
  readonly record?: 'all' | 'counts' | undefined;
  /** Newest accepted pushes that are kept, about; default 200,000. */
  readonly recordLimit?: number | undefined;
  /** TooManyProviderTokenUpdates: counted on each connection (default), or over all of a key's. */
  readonly tokenUpdateScope?: 'connection' | 'key' | undefined;
  /** Default 20 minutes; 0 allows any number. */
  readonly minTokenUpdateIntervalMs?: number | undefined;
  /** For all but the certificates, which TLS peers judge by the real time. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** The fakes that run. */
export interface Sandbox extends Makers {
  /** Certificate of the throw-away authority that signed the servers' own. */
  readonly caPem: string;
  readonly apns: FakeApns;
  readonly fcm: FakeFcm;
  readonly webpush: FakePushService;
  readonly credentials: SandboxCredentials;
  /** Secrets included; give it to the next `startSandbox` to be the same again. */
  readonly identity: SandboxIdentity;
  /** Base URL of the control plane; null where none was asked for. */
  readonly controlUrl: string | null;
  /** Forgets records, scripts and device states. */
  reset(): void;
  close(): Promise<void>;
}

const defaultRecordLimit = 200_000;
const defaultTokenUpdateIntervalMs = 20 * 60_000;

/**
 * Starts all fakes. Rejects where a port is taken, and leaves nothing open then.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = '127.0.0.1', clock = systemClock } = options;
  const identity =
    options.identity ?? (await createIdentity({ topic: options.topic, rsaBits: options.rsaBits }));
  const hosts = [...new Set(['localhost', '127.0.0.1', '::1', host, ...(options.hostNames ?? [])])];
  const shared = {
    host,
    clock,
    random: options.random ?? Math.random,
    record: options.record ?? 'all',
    recordLimit: options.recordLimit ?? defaultRecordLimit,
    certificate: await issueServerCertificate(identity.authority, hosts, systemClock),
  };
  const open: { close(): Promise<void> }[] = [];
  const closeAll = async (): Promise<void> => {
    for (const server of open.splice(0).reverse()) await server.close();
  };
  try {
    const apns = await FakeApns.start({ ...shared, ...apnsOptions(options, identity) });
    open.push(apns);
    const fcm = await FakeFcm.start({ ...shared, ...fcmOptions(options, identity) });
    open.push(fcm);
    const makers = await startMakers({
      shared,
      ports: options.makerPorts ?? {},
      publicKeyPem: identity.fcm.publicKeyPem,
      started: (fake) => open.push(fake),
    });
    const webpush = await FakePushService.start({ ...shared, port: options.webPushPort ?? 0 });
    open.push(webpush);
    const { controlHost = '127.0.0.1', controlPort } = options;
    const fakes = { apns, fcm, ...makers, webpush };
    const control =
      controlPort === undefined ? null : await ControlPlane.start(fakes, controlHost, controlPort);
    if (control !== null) open.push(control);
    return {
      caPem: identity.authority.certPem,
      ...fakes,
      credentials: toCredentials(identity, fcm.tokenUri),
      identity,
      controlUrl: control?.url ?? null,
      reset: () => {
        apns.reset();
        fcm.reset();
        for (const maker of Object.values(makers)) maker.reset();
        webpush.reset();
      },
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function apnsOptions(options: SandboxOptions, identity: SandboxIdentity) {
  const { keyId, teamId, publicKeyPem } = identity.apns;
  return {
    port: options.apnsPort ?? 0,
    sandboxPort: options.apnsSandboxPort ?? 0,
    clientAuthorityPem: identity.authority.certPem,
    keys: [{ keyId, teamId, publicKeyPem, topics: options.topics ?? [] }],
    tokenUpdateScope: options.tokenUpdateScope ?? 'connection',
    minTokenUpdateIntervalMs: options.minTokenUpdateIntervalMs ?? defaultTokenUpdateIntervalMs,
  };
}

function fcmOptions(options: SandboxOptions, identity: SandboxIdentity) {
  const { projectId, clientEmail, privateKeyId, publicKeyPem } = identity.fcm;
  return { port: options.fcmPort ?? 0, projectId, account: { clientEmail, privateKeyId, publicKeyPem } };
}
