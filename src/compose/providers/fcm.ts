import { problemLine } from '../../config/problem';
import type { FcmConfig } from '../../config/sections/fcm';
import type { FcmCredential, FcmOptions } from '../../providers/fcm/options';
import { createFcmProvider } from '../../providers/fcm/provider';
import { SdkFcmSender } from '../../providers/fcm/sdk-sender';
import {
  ProviderConfigurationError,
  trust,
  withSdk,
  type CreatedProvider,
  type ProviderContext,
} from './provider-context';
import { missingProjectId, projectIdOf } from '../project-id';

/** Throws ProviderConfigurationError. */
export async function createFcm(context: ProviderContext, fcm: FcmConfig): Promise<CreatedProvider> {
  const { app, limits, sandbox, createClient, clock, logger } = context;
  const projectId = await projectOf(context, fcm);
  const options: FcmOptions = {
    app: app.name,
    projectId,
    credential: credentialOf(context, fcm),
    url: sandbox === null ? fcm.endpoint.url : sandbox.fcm.url,
    proxyUrl: fcm.endpoint.proxyUrl?.reveal() ?? null,
    androidMode: fcm.androidMode,
    androidChannelId: fcm.androidChannelId,
    androidChannelIds: fcm.androidChannelIds,
    apnsTopic: app.apns?.topic ?? null,
    dataStyle: app.dataStyle,
    mutableContent: app.apns?.mutableContent ?? false,
    contentAvailable: app.apns?.contentAvailable ?? false,
    connections: { min: limits.minConnections, max: limits.maxConnections },
    timeoutMs: limits.timeoutMs,
    idleTimeoutMs: limits.idleMs,
    ...trust(context),
  };
  const providerContext = { createClient, clock, logger };
  if (context.client === 'relay')
    return { provider: createFcmProvider(options, providerContext), account: projectId };
  const sender = await withSdk(`apps.${app.name}.fcm`, () => SdkFcmSender.create(options, providerContext));
  return { provider: createFcmProvider(options, providerContext, sender), account: projectId };
}

function credentialOf({ sandbox }: ProviderContext, fcm: FcmConfig): FcmCredential {
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
      if (sandbox === null) throw new Error('the sandbox does not run');
      const { client_email, private_key, private_key_id, token_uri } = sandbox.credentials.serviceAccount;
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

async function projectOf({ sandbox, app }: ProviderContext, fcm: FcmConfig): Promise<string> {
  if (sandbox !== null) return sandbox.credentials.serviceAccount.project_id;
  const projectId = await projectIdOf(fcm);
  if (projectId === null) throw new ProviderConfigurationError(problemLine(missingProjectId(app.name)));
  return projectId;
}
