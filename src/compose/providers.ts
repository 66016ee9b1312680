import type { Config } from '../config/config';
import type { AppConfig } from '../config/sections/app';
import type { ApnsConfig } from '../config/sections/apns';
import type { FcmConfig } from '../config/sections/fcm';
import type { Clock } from '../domain/clock';
import type { Logger } from '../domain/logger';
import type { ApnsCredential, ApnsOptions, SharedTokens } from '../providers/apns/options';
import { createApnsProvider } from '../providers/apns/provider';
import { defaultProjectId } from '../providers/fcm/default-credential';
import type { FcmCredential } from '../providers/fcm/options';
import { createFcmProvider } from '../providers/fcm/provider';
import type { Provider } from '../providers/provider';
import type { Sandbox } from '../sandbox/sandbox';
import { createLeanHttp2Client } from '../transport/lean-client';
import { createNodeHttp2Client } from '../transport/node-client';
import type { Http2Client, Http2ClientOptions } from '../transport/port';

/** The configuration asks for something that only shows at start-up. Exit code 2. */
export class ProviderConfigurationError extends Error {
  override readonly name = 'ProviderConfigurationError';
}

export interface ProvidersContext {
  readonly config: Config;
  /** Runs when the configuration says `providers.mode: sandbox`. */
  readonly sandbox: Sandbox | null;
  readonly sharedTokens: SharedTokens | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** PEM to trust besides what the sandbox needs; for tests against fakes. */
  readonly ca: string | null;
}

export interface ProviderSet {
  readonly providers: readonly Provider[];
  /** Firebase projects by app. */
  readonly projects: ReadonlyMap<string, string>;
  /** Connections open now, by provider. */
  connections(): ReadonlyMap<Provider, number>;
}

export async function createProviders(context: ProvidersContext): Promise<ProviderSet> {
  const clients = new Map<Provider, Http2Client[]>();
  const projects = new Map<string, string>();
  for (const app of context.config.apps) {
    if (app.apns !== null)
      add(clients, (createClient) => createApns(context, app, app.apns, createClient), context);
    if (app.fcm !== null) {
      const projectId = await projectIdOf(context, app, app.fcm);
      projects.set(app.name, projectId);
      add(clients, (createClient) => createFcm(context, app, app.fcm, projectId, createClient), context);
    }
  }
  return {
    providers: [...clients.keys()],
    projects,
    connections: () =>
      new Map([...clients].map(([provider, ofProvider]) => [provider, openConnections(ofProvider)])),
  };
}

type CreateClient = (options: Http2ClientOptions) => Http2Client;

const http2Clients = { lean: createLeanHttp2Client, node: createNodeHttp2Client };

function add(
  clients: Map<Provider, Http2Client[]>,
  create: (createClient: CreateClient) => Provider,
  context: ProvidersContext,
): void {
  const { config, logger } = context;
  const createHttp2Client = http2Clients[config.providers.http2];
  const made: Http2Client[] = [];
  const provider = create((options) => {
    const client = createHttp2Client(options, { clock: context.clock, logger });
    made.push(client);
    return client;
  });
  clients.set(provider, made);
}

function openConnections(clients: readonly Http2Client[]): number {
  return clients.reduce((sum, client) => sum + client.stats().connections, 0);
}

function createApns(
  context: ProvidersContext,
  app: AppConfig,
  apns: ApnsConfig | null,
  createClient: CreateClient,
): Provider {
  if (apns === null) throw new Error('no APNs section');
  const limits = context.config.providers.apns;
  const options: ApnsOptions = {
    app: app.name,
    topic: context.sandbox === null ? apns.topic : context.sandbox.credentials.apns.topic,
    credentials: [apnsCredential(context, apns)],
    endpoints: apnsEndpoints(context, apns),
    connections: { min: limits.minConnections, max: limits.maxConnections },
    timeoutMs: limits.timeoutMs,
    dataStyle: app.dataStyle,
    mutableContent: apns.mutableContent,
    idleTimeoutMs: limits.idleMs,
    ...trust(context),
  };
  const { clock, logger, sharedTokens } = context;
  return createApnsProvider(options, { createClient, clock, logger, sharedTokens });
}

function apnsEndpoints(context: ProvidersContext, apns: ApnsConfig): ApnsOptions['endpoints'] {
  const { sandbox } = context;
  if (sandbox !== null) {
    return {
      production: { url: sandbox.apns.url, proxyUrl: null },
      sandbox: { url: sandbox.apns.sandboxUrl, proxyUrl: null },
    };
  }
  const endpoint = (of: ApnsConfig['production']) => ({
    url: of?.url ?? '',
    proxyUrl: of?.proxyUrl?.reveal() ?? null,
  });
  return { production: endpoint(apns.production), sandbox: endpoint(apns.sandbox) };
}

function apnsCredential(context: ProvidersContext, apns: ApnsConfig): ApnsCredential {
  const environments = [
    ...(apns.production === null ? [] : ['production' as const]),
    ...(apns.sandbox === null ? [] : ['sandbox' as const]),
  ];
  const { credential } = apns;
  switch (credential.kind) {
    case 'token':
      return {
        environments,
        kind: 'token',
        keyPem: credential.key.reveal(),
        keyId: credential.keyId,
        teamId: credential.teamId,
      };
    case 'certificate': {
      const { cert, key, passphrase } = credential;
      return {
        environments,
        kind: 'certificate',
        cert,
        key: key.reveal(),
        passphrase: passphrase?.reveal() ?? null,
      };
    }
    case 'pfx': {
      const pfx = Buffer.from(credential.pfxBase64.reveal(), 'base64');
      return { environments, kind: 'pfx', pfx, passphrase: credential.passphrase?.reveal() ?? '' };
    }
    case 'sandbox': {
      if (context.sandbox === null) throw new Error('the sandbox does not run');
      const { keyPem, keyId, teamId } = context.sandbox.credentials.apns;
      return { environments, kind: 'token', keyPem, keyId, teamId };
    }
    default:
      return credential;
  }
}

function createFcm(
  context: ProvidersContext,
  app: AppConfig,
  fcm: FcmConfig | null,
  projectId: string,
  createClient: CreateClient,
): Provider {
  if (fcm === null) throw new Error('no FCM section');
  const limits = context.config.providers.fcm;
  const { clock, logger, sandbox } = context;
  return createFcmProvider(
    {
      app: app.name,
      projectId,
      credential: fcmCredential(context, fcm),
      url: sandbox === null ? fcm.endpoint.url : sandbox.fcm.url,
      proxyUrl: fcm.endpoint.proxyUrl?.reveal() ?? null,
      androidMode: fcm.androidMode,
      androidChannelId: fcm.androidChannelId,
      apnsTopic: app.apns?.topic ?? null,
      dataStyle: app.dataStyle,
      mutableContent: app.apns?.mutableContent ?? false,
      connections: { min: limits.minConnections, max: limits.maxConnections },
      timeoutMs: limits.timeoutMs,
      idleTimeoutMs: limits.idleMs,
      ...trust(context),
    },
    { createClient, clock, logger },
  );
}

function fcmCredential(context: ProvidersContext, fcm: FcmConfig): FcmCredential {
  const { credential } = fcm;
  switch (credential.kind) {
    case 'service_account': {
      const { clientEmail, privateKey, privateKeyId, tokenUri } = credential;
      const account = { clientEmail, privateKey: privateKey.reveal(), privateKeyId, tokenUri };
      return { kind: 'service_account', account, tokenProxyUrl: credential.tokenProxyUrl?.reveal() ?? null };
    }
    case 'application_default':
      return credential;
    case 'sandbox': {
      if (context.sandbox === null) throw new Error('the sandbox does not run');
      const { client_email, private_key, private_key_id, token_uri } =
        context.sandbox.credentials.serviceAccount;
      const account = {
        clientEmail: client_email,
        privateKey: private_key,
        privateKeyId: private_key_id,
        tokenUri: token_uri,
      };
      return { kind: 'service_account', account, tokenProxyUrl: null };
    }
    default:
      return credential;
  }
}

async function projectIdOf(context: ProvidersContext, app: AppConfig, fcm: FcmConfig): Promise<string> {
  if (context.sandbox !== null) return context.sandbox.credentials.serviceAccount.project_id;
  const projectId = fcm.projectId ?? (await defaultProjectId());
  if (projectId !== null) return projectId;
  throw new ProviderConfigurationError(
    `apps.${app.name}.fcm.project_id: expected the Firebase project id, because the default credentials do not name one`,
  );
}

function trust(context: ProvidersContext): { ca: string } | Record<string, never> {
  const ca = context.sandbox?.caPem ?? context.ca;
  return ca === null ? {} : { ca };
}
