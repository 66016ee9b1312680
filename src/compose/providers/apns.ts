import type { ApnsConfig } from '../../config/sections/apns';
import type { Endpoint } from '../../config/sections/endpoint';
import type { ApnsCredential, ApnsOptions } from '../../providers/apns/options';
import { createApnsProvider } from '../../providers/apns/provider';
import { sdkApnsSenders } from '../../providers/apns/sdk-sender';
import type { Provider } from '../../providers/provider';
import { trust, withSdk, type CreatedProvider, type ProviderContext } from './provider-context';

/** Throws ProviderConfigurationError. */
export async function createApns(context: ProviderContext, apns: ApnsConfig): Promise<CreatedProvider> {
  const { app, limits, sandbox, createClient, clock, logger, sharedTokens } = context;
  const options: ApnsOptions = {
    app: app.name,
    topic: sandbox === null ? apns.topic : sandbox.credentials.apns.topic,
    credentials: [credentialOf(context, apns)],
    endpoints: endpointsOf(context, apns),
    connections: { min: limits.minConnections, max: limits.maxConnections },
    timeoutMs: limits.timeoutMs,
    dataStyle: app.dataStyle,
    mutableContent: apns.mutableContent,
    contentAvailable: apns.contentAvailable,
    idleTimeoutMs: limits.idleMs,
    ...trust(context),
  };
  const providerContext = { createClient, clock, logger, sharedTokens };
  const account = options.topic;
  if (context.client === 'relay') return { provider: createApnsProvider(options, providerContext), account };
  const senders = await sdkApnsSenders(options, clock);
  const create = (): Provider => createApnsProvider(options, providerContext, senders);
  return { provider: await withSdk(`apps.${app.name}.apns`, create), account };
}

function endpointsOf({ sandbox }: ProviderContext, apns: ApnsConfig): ApnsOptions['endpoints'] {
  if (sandbox !== null) {
    return {
      production: { url: sandbox.apns.url, proxyUrl: null },
      sandbox: { url: sandbox.apns.sandboxUrl, proxyUrl: null },
    };
  }
  const endpoint = ({ url, proxyUrl }: Endpoint) => ({ url, proxyUrl: proxyUrl?.reveal() ?? null });
  return { production: endpoint(apns.endpoints.production), sandbox: endpoint(apns.endpoints.sandbox) };
}

function credentialOf({ sandbox }: ProviderContext, apns: ApnsConfig): ApnsCredential {
  const { credential, lanes: environments } = apns;
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
      if (sandbox === null) throw new Error('the sandbox does not run');
      const { keyPem, keyId, teamId } = sandbox.credentials.apns;
      return { environments, kind: 'token', keyPem, keyId, teamId };
    }
    default:
      return credential;
  }
}
