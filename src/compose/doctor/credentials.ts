import type { Config } from '../../config/config';
import { silentLogger } from '../../domain/logger';
import type { Outcome } from '../../domain/outcome';
import { providerTable, type ProviderLane } from '../../domain/provider-table';
import { credentialHint } from '../../observability/credential-hint';
import type { Provider } from '../../providers/provider';
import { createProviders, type ProviderSet } from '../providers/create-providers';
import { ProviderConfigurationError, type ProvidersContext } from '../providers/provider-context';
import { acceptsCredential } from './accepts-credential';
import type { DoctorOptions } from './options';
import { Findings, type Finding } from './finding';
import { swappedIds } from './swapped-ids';
import { throughSdk } from './through-sdk';

/** Each provider of each app, lane by lane: whether it accepts the credential. */
export async function* checkCredentials(options: DoctorOptions): AsyncGenerator<Finding> {
  const { config } = options;
  if (config.providersMode === 'sandbox') {
    yield* new Findings('provider').skipped(
      '',
      'The providers are the built-in sandbox: no push reaches a real phone.',
      'Configure a provider, and remove PROVIDERS=sandbox (providers.mode) if it is set.',
    ).all;
    return;
  }
  for (const app of config.apps) {
    const ofApp = { ...config, apps: [app] };
    const made = await open(ofApp, options);
    if (typeof made === 'string') {
      yield* new Findings('provider').failed(
        app.name,
        `${made}.`,
        'Correct this key. check-config shows it, too.',
      ).all;
      continue;
    }
    const sdk = await throughSdk(ofApp, (sdkConfig) => open(sdkConfig, options));
    try {
      for (const provider of made.providers)
        for (const lane of lanesOf(provider, config)) {
          const findings = await checkLane(provider, lane, { options, ofApp, sdk });
          yield* isOwnLane(provider, lane) ? findings : findings.map(ofOtherRegion);
        }
    } finally {
      await Promise.all([...made.providers, ...(sdk?.providers ?? [])].map((each) => each.close(0)));
    }
  }
}

interface Lane {
  readonly options: DoctorOptions;
  readonly ofApp: Config;
  readonly sdk: ProviderSet | null;
}

async function checkLane(
  provider: Provider,
  lane: ProviderLane,
  { options, ofApp, sdk }: Lane,
): Promise<readonly Finding[]> {
  const { title, sdk: sdkName, laneOfToken } = providerTable[provider.name];
  const subject = [provider.app, provider.name, ...(provider.lanes.length === 1 ? [] : [lane])].join('/');
  const findings = new Findings('provider');
  const outcome = await provider.check(lane);
  const sdkOutcome = (await sdk?.providers.find(({ name }) => name === provider.name)?.check(lane)) ?? null;
  const isAccepted = acceptsCredential(outcome);
  const viaSdk = sdkOutcome !== null && acceptsCredential(sdkOutcome);
  if (isAccepted) {
    const proof =
      laneOfToken !== null && provider.lanes.length === 0
        ? `${title} answers (${shortly(outcome)}). Only a real subscription proves the keys.`
        : `${title} accepts the credential (${shortly(outcome)}).`;
    const also =
      sdkOutcome === null || viaSdk
        ? ''
        : ` Through ${sdkName ?? 'the SDK'} it does not: ${shortly(sdkOutcome)}.`;
    return findings.ok(subject, proof + also).all;
  }
  if (viaSdk)
    return findings.failed(
      subject,
      `${title} accepts the credential through ${sdkName ?? 'its SDK'}, and not from the relay: ${shortly(outcome)}. This is a fault of the relay.`,
      'Set providers.client: sdk until it is fixed, and report it with this line.',
    ).all;
  const also = sdkOutcome === null ? '' : ` ${sdkName ?? 'The SDK'} gets the same: ${shortly(sdkOutcome)}.`;
  // Of the usual push services, only Google's has one name.
  if (outcome.kind === 'unavailable' && lane !== 'fcm.googleapis.com' && mayHaveAnyPort(ofApp, provider))
    return findings.skipped(
      subject,
      `${title} could not be asked at ${lane}, port 443: ${shortly(outcome)}. Only a subscription names the port of a private push service.`,
      'Register a browser, and send it a test push: POST /v1/users/{uid}/test-push.',
    ).all;
  if (outcome.kind !== 'misconfigured') return notAsked(findings, subject, title, outcome, also);
  const swapped = await swappedIds(ofApp, provider.name, lane, (changed) => open(changed, options));
  return findings.failed(
    subject,
    `${title} refuses the credential: ${outcome.reason}.${also}`,
    swapped ?? credentialHint(provider.name, provider.app, outcome.reason),
  ).all;
}

/** Why it is not known whether the credential is accepted; of two answers it is, though no push gets through. */
function notAsked(
  findings: Findings,
  subject: string,
  title: string,
  outcome: Outcome,
  also: string,
): readonly Finding[] {
  const answer = `${shortly(outcome)}.${also}`;
  switch (outcome.kind) {
    case 'throttled':
    case 'exhausted':
      return findings.warning(
        subject,
        `${title} takes no more pushes at the moment: ${answer}`,
        'Pushes wait until the provider takes them again. Send less, or ask the provider for a higher quota (docs/vendors.md).',
      ).all;
    case 'rejected':
      return findings.failed(
        subject,
        `${title} refuses the push, not the credential: ${answer}`,
        'Look up the code at the provider, and compare the configuration of the app with docs/vendors.md.',
      ).all;
    default:
      return findings.failed(
        subject,
        `${title} could not be asked: ${answer}`,
        'Allow outgoing connections to the provider, or configure its proxy. If it is an outage of the provider, wait: pushes are retried.',
      ).all;
  }
}

/** False for regions besides that of most devices: an app that is not registered there has no phones there either. */
function isOwnLane({ name, lanes }: Provider, lane: ProviderLane): boolean {
  const { laneField, laneOfToken } = providerTable[name];
  const isRegion = lanes.length > 1 && (laneField === 'region' || laneOfToken !== null);
  return !isRegion || lane === lanes[0];
}

function ofOtherRegion(finding: Finding): Finding {
  if (finding.status !== 'failed') return finding;
  const detail = `${finding.detail} This concerns only phones of this region.`;
  return { ...finding, status: 'warning', detail };
}

function shortly(outcome: Outcome): string {
  return 'reason' in outcome ? outcome.reason : outcome.kind;
}

/** A push service with a private address, such as the one of `wukongim-push-relay sandbox`, listens where it likes. */
function mayHaveAnyPort({ apps }: Config, { name }: Provider): boolean {
  const section = apps[0]?.[name] ?? null;
  return section !== null && 'allowPrivateAddresses' in section && section.allowPrivateAddresses;
}

/** Where each device token has its own lane: the hosts that the configuration names, without those below a name. */
function lanesOf({ lanes, app, name }: Provider, { apps }: Config): readonly ProviderLane[] {
  if (lanes.length > 0) return lanes;
  const section = apps.find((each) => each.name === app)?.[name] ?? null;
  return section !== null && 'allowedHosts' in section
    ? section.allowedHosts.filter((host) => host !== 'any' && !host.startsWith('*'))
    : [];
}

/** Its providers, or why there are none. */
async function open(config: Config, { clock }: DoctorOptions): Promise<ProviderSet | string> {
  const context: ProvidersContext = {
    config,
    sandbox: null,
    sharedTokens: null,
    clock,
    logger: silentLogger,
    ca: null,
  };
  try {
    return await createProviders(context);
  } catch (error) {
    if (error instanceof ProviderConfigurationError) return error.message;
    throw error;
  }
}
