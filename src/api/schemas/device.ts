import { z } from 'zod';
import type { ProviderName } from '../../domain/device';
import { deviceTokenRules } from '../../domain/device-token';
import { tokenFault } from '../request/token-fault';
import { identifier, line } from './identifiers';
import { timeText } from './times';

const absent = (message: string) => z.null({ error: message }).optional();

const token = (provider: ProviderName, maxLength: number) =>
  z
    .string()
    .superRefine((text, context) => {
      const message = tokenFault(provider, text);
      if (message !== null) context.addIssue({ code: 'custom', message });
    })
    .meta({ pattern: deviceTokenRules[provider].pattern.source, minLength: 1, maxLength });

/** Kept in lower case: case does not tell APNs tokens apart. */
const apnsToken = token('apns', 512).toLowerCase();
const fcmToken = token('fcm', 4096);

/** Read by `toDevice`: what cannot be read costs a warning, never the registration. */
const locale = z.string().meta({
  description:
    'As BCP 47 has it or the platform prints it (`zh-Hans-CN`, `zh_CN_#Hans`, `en_US.UTF-8`); kept as a canonical BCP 47 tag. ' +
    "One that cannot be read is left out, with a warning: the app's default applies.",
  example: 'zh-CN',
});

const timezone = z.string().meta({
  description:
    'IANA time zone, or an offset of whole hours such as `GMT+08:00`, which is kept as its IANA name. One that cannot be ' +
    "read is left out, with a warning: the app's default applies.",
  example: 'Asia/Shanghai',
});

const common = {
  app: line(64)
    .nullish()
    .meta({ description: 'An app of the configuration. By default: `default`, or the only one.' }),
  locale: locale.nullish(),
  timezone: timezone.nullish(),
  preview: z
    .enum(['full', 'sender', 'none'])
    .nullish()
    .meta({ description: 'What this device shows: sender and text, only the sender, or neither.' }),
  device_flag: z
    .int()
    .min(0, 'must be 0 to 255')
    .max(255, 'must be 0 to 255')
    .nullish()
    .meta({ description: "WuKongIM's device flag: 0 app, 1 web, 2 PC." }),
  app_version: line(64).nullish().meta({ description: "The app's own version, for people." }),
  model: line(128).nullish().meta({ description: "The device's model, for people." }),
};

const apnsRegistration = z
  .strictObject({
    provider: z.literal('apns'),
    platform: z.literal('ios', { error: 'must be ios for apns' }).nullish(),
    token: apnsToken.nullish().meta({ description: 'The alert token.' }),
    voip_token: apnsToken
      .nullish()
      .meta({ description: 'The PushKit token. It is kept; this version sends no calls yet.' }),
    environment: z
      .enum(['production', 'sandbox'])
      .nullish()
      .meta({ description: 'By default: production, or the only one that the app has a credential for.' }),
    ...common,
  })
  .refine((device) => typeof device.token === 'string' || typeof device.voip_token === 'string', {
    path: ['token'],
    message: 'is required: token, voip_token or both',
  })
  .meta({ id: 'ApnsRegistration' });

const fcmRegistration = z
  .strictObject({
    provider: z.literal('fcm'),
    platform: z.enum(['android', 'ios', 'web']).nullish().meta({ description: 'By default: android.' }),
    token: fcmToken,
    voip_token: absent('only an apns device has a VoIP token'),
    environment: absent('only an apns device has an environment'),
    ...common,
  })
  .meta({ id: 'FcmRegistration' });

/** The whole of a registration, as PUT takes it; null means not given. */
export const registrationSchema = z.discriminatedUnion('provider', [apnsRegistration, fcmRegistration], {
  error: (issue) => {
    if (issue.code !== 'invalid_union') return undefined;
    const { provider } = (issue.input ?? {}) as { readonly provider?: unknown };
    return provider === undefined ? 'is required: apns or fcm' : 'must be apns or fcm';
  },
});

export type Registration = z.output<typeof registrationSchema>;

/**
 * A merge patch (RFC 7396): what is named replaces, null removes. Values are checked on the merged registration, because
 * what a token must look like depends on the provider.
 */
export const registrationPatchSchema = z
  .strictObject({
    provider: z.enum(['apns', 'fcm']).optional(),
    platform: z.enum(['ios', 'android', 'web']).nullish(),
    token: z.string().nullish(),
    voip_token: z.string().nullish(),
    app: z.string().nullish(),
    environment: z.enum(['production', 'sandbox']).nullish(),
    locale: z.string().nullish(),
    timezone: z.string().nullish(),
    preview: z.enum(['full', 'sender', 'none']).nullish(),
    device_flag: z.int().nullish(),
    app_version: z.string().nullish(),
    model: z.string().nullish(),
  })
  .meta({
    id: 'RegistrationPatch',
    description:
      'RFC 7396: a field named here replaces, null removes. The result has to be a valid registration.',
  });

export type RegistrationPatch = z.output<typeof registrationPatchSchema>;

const maskedToken = z
  .string()
  .nullable()
  .meta({ description: 'Masked but for the last 8 characters.', example: '…89abcdef' });

export const deviceSchema = z
  .strictObject({
    device_id: identifier,
    provider: z.enum(['apns', 'fcm']),
    platform: z.enum(['ios', 'android', 'web']),
    app: z.string(),
    environment: z.enum(['production', 'sandbox']),
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
  .meta({ description: 'What was taken and does not do what was meant, by field.' });

export const changedDeviceSchema = deviceSchema.extend({ warnings }).meta({ id: 'ChangedDevice' });

export const registeredDeviceSchema = deviceSchema
  .extend({
    warnings,
    evicted: z
      .array(deviceSchema)
      .optional()
      .meta({ description: 'Devices that left because the user had more than the limit.' }),
  })
  .meta({ id: 'RegisteredDevice' });

export type DeviceObject = z.output<typeof deviceSchema>;
