import { z } from 'zod';
import {
  providerNames,
  providerTable,
  type ProviderFacts,
  type ProviderName,
} from '../../domain/provider-table';
import { tokenFault } from '../request/token-fault';
import { identifier, integer, line } from './identifiers';
import { subscriptionSchema } from './subscription';
import { timeText } from './times';

const absent = (message: string) => z.null({ error: message }).optional();
const provider = z.enum(providerNames);
const platform = z.enum(distinct(({ platforms }) => platforms));
/** Users know a lane by this word; those of a provider without it are all `production`. */
const environment = z.enum(distinct(({ laneField, lanes }) => (laneField === 'environment' ? lanes : [])));

function distinct<T extends string>(of: (facts: ProviderFacts) => readonly T[]): T[] {
  return [...new Set(providerNames.flatMap((name) => of(providerTable[name])))];
}

const tokenOf = (name: ProviderName) => {
  const { pattern, maxLength, isCaseless } = providerTable[name].token;
  const token = z
    .string()
    .superRefine((text, context) => {
      const message = tokenFault(name, text);
      if (message !== null) context.addIssue({ code: 'custom', message });
    })
    .meta({ pattern: pattern.source, minLength: 1, maxLength });
  return isCaseless ? token.toLowerCase() : token;
};

/** Read by `toDevice`: what cannot be read costs a warning, never the registration. */
const locale = z.string().meta({
  description:
    'In BCP 47, or as the platform prints it (`zh-Hans-CN`, `zh_CN_#Hans`, `en_US.UTF-8`). Stored as a canonical BCP 47 tag. ' +
    "The relay ignores an unreadable value with a warning, and applies the app's default.",
  example: 'zh-CN',
});

const timezone = z.string().meta({
  description:
    'IANA time zone, or an offset such as `GMT+08:00`, which is stored as an IANA name. A value that cannot ' +
    "be read is ignored with a warning, and the app's default applies.",
  example: 'Asia/Shanghai',
});

const common = {
  app: line(64).nullish().meta({ description: 'A configured app. By default: `default`, or the only app.' }),
  locale: locale.nullish(),
  timezone: timezone.nullish(),
  preview: z
    .enum(['full', 'sender', 'none'])
    .nullish()
    .meta({ description: 'What this device shows: sender and text, only the sender, or neither.' }),
  device_flag: integer(0, 255).nullish().meta({ description: "WuKongIM's device flag: 0 app, 1 web, 2 PC." }),
  app_version: line(64).nullish().meta({ description: "The app's own version, for information." }),
  model: line(128).nullish().meta({ description: "The device's model, for information." }),
};

/** One form for each provider. The fields are the same; what a provider does not have is refused. */
const registrationOf = (name: ProviderName) => {
  const { platforms, tokenKinds, laneField, lanes, token: rule } = providerTable[name];
  const [standard, ...others] = platforms;
  const token = tokenOf(name);
  const hasSubscription = rule.address !== null;
  const hasVoip = tokenKinds.includes('voip');
  return z
    .strictObject({
      provider: z.literal(name),
      platform: z
        .enum(platforms, others.length === 0 ? { error: `must be ${standard} for ${name}` } : {})
        .nullish()
        .meta({ description: `By default: ${standard}.` }),
      token: hasSubscription
        ? absent(`a ${name} device has a subscription instead`)
        : hasVoip
          ? token.nullish().meta({ description: 'The alert token.' })
          : token,
      subscription: hasSubscription
        ? subscriptionSchema
        : absent(`only a ${namesWith((facts) => facts.token.address !== null)} device has a subscription`),
      voip_token: hasVoip
        ? token.nullish().meta({ description: 'The PushKit token, which calls ring by.' })
        : absent(
            `only an ${namesWith(({ tokenKinds: kinds }) => kinds.includes('voip'))} device has a VoIP token`,
          ),
      environment:
        laneField === 'environment'
          ? z.enum(lanes).nullish().meta({
              description:
                'By default: production, or the only environment for which the app has a credential.',
            })
          : absent(
              `only an ${namesWith((facts) => facts.laneField === 'environment')} device has an environment`,
            ),
      region:
        laneField === 'region'
          ? z.enum(lanes).nullish().meta({ description: 'Where the vendor keeps the device.' })
          : absent(`only a ${namesWith((facts) => facts.laneField === 'region')} device has a region`),
      ...common,
    })
    .refine((device) => [device.token, device.voip_token, device.subscription].some(isThere), {
      path: ['token'],
      message: 'is required: token, voip_token or both',
    })
    .meta({ id: `${name.charAt(0).toUpperCase()}${name.slice(1)}Registration` });
};

function isThere(token: string | null | undefined): boolean {
  return typeof token === 'string';
}

function namesWith(has: (facts: ProviderFacts) => boolean): string {
  return providerNames.filter((name) => has(providerTable[name])).join(' or ');
}

type RegistrationForm = ReturnType<typeof registrationOf>;

const registrations = providerNames.map(registrationOf) as [RegistrationForm, ...RegistrationForm[]];
const namedProviders = `one of ${providerNames.join(', ')}`;

/** The whole of a registration, as PUT takes it; null means not given. */
export const registrationSchema = z.discriminatedUnion('provider', registrations, {
  error: (issue) => {
    if (issue.code !== 'invalid_union') return undefined;
    const { provider: named } = (issue.input ?? {}) as { readonly provider?: unknown };
    return named === undefined ? `is required: ${namedProviders}` : `must be ${namedProviders}`;
  },
});

export type Registration = Omit<z.output<typeof registrationSchema>, 'token' | 'subscription'> & {
  readonly token?: string | null | undefined;
  /** As a device token. */
  readonly subscription?: string | null | undefined;
};

/**
 * A merge patch (RFC 7396): what is named replaces, null removes. Values are checked on the merged registration, because
 * what a token must look like depends on the provider.
 */
export const registrationPatchSchema = z
  .strictObject({
    provider: provider.optional(),
    platform: platform.nullish(),
    token: z.string().nullish(),
    subscription: z
      .looseObject({})
      .nullish()
      .meta({ description: 'As a whole: a subscription of another endpoint has other keys.' }),
    voip_token: z.string().nullish(),
    app: z.string().nullish(),
    environment: environment.nullish(),
    region: z.string().nullish(),
    locale: z.string().nullish(),
    timezone: z.string().nullish(),
    preview: z.enum(['full', 'sender', 'none']).nullish(),
    device_flag: integer(0, 255).nullish(),
    app_version: z.string().nullish(),
    model: z.string().nullish(),
  })
  .meta({
    id: 'RegistrationPatch',
    description:
      'RFC 7396: a value replaces the field, null removes it. The result must be a valid registration. Another provider needs ' +
      'its own token: tokens, `platform`, `environment` and `region` of the previous provider are removed.',
  });

export type RegistrationPatch = z.output<typeof registrationPatchSchema>;

const maskedToken = z.string().nullable().meta({
  description:
    'Masked except for the last 8 characters; of a subscription, the host of its endpoint is shown as well.',
  example: '…89abcdef',
});

export const deviceSchema = z
  .strictObject({
    device_id: identifier,
    provider,
    platform,
    app: z.string(),
    environment,
    region: z.string().optional().meta({ description: 'Only of providers that have regions.' }),
    token: maskedToken,
    has_voip_token: z.boolean(),
    locale: z.string().nullable(),
    timezone: z.string().nullable(),
    preview: z.enum(['full', 'sender', 'none']).nullable(),
    device_flag: z.int().nullable(),
    app_version: z.string().nullable(),
    model: z.string().nullable(),
    registered_at: timeText,
    last_active_at: timeText.nullable(),
    last_accepted_at: timeText.nullable(),
    state: z.enum(['active', 'suspended']),
    last_failure_at: timeText.nullable(),
    last_failure_reason: z.string().nullable(),
  })
  .meta({ id: 'Device' });

const warnings = z
  .array(z.strictObject({ path: z.string(), message: z.string() }))
  .optional()
  .meta({ description: 'Fields that were accepted but ignored, with the reason.' });

export const changedDeviceSchema = deviceSchema.extend({ warnings }).meta({ id: 'ChangedDevice' });

export const registeredDeviceSchema = deviceSchema
  .extend({
    warnings,
    evicted: z
      .array(deviceSchema)
      .optional()
      .meta({ description: 'Devices that were removed because the user exceeded the limit.' }),
  })
  .meta({ id: 'RegisteredDevice' });

export type DeviceObject = z.output<typeof deviceSchema>;
