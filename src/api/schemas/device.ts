import { z } from 'zod';
import { boundedText, identifier } from './identifiers';
import { timeText } from './times';

const absent = (message: string) => z.null({ error: message }).optional();

/**
 * Bytes in hexadecimal. Apple says not to assume a size, so only the impossible is refused: half a byte (the usual slip
 * in printing `Data`), and what is too short to be anybody's address. Kept in lower case: case does not tell them apart.
 */
const apnsToken = z
  .string()
  .regex(/^(?:[0-9a-fA-F]{2}){4,256}$/, 'must be 8 to 512 hexadecimal digits, an even number of them')
  .toLowerCase();

const fcmToken = z
  .string()
  .regex(/^[\x21-\x7e]{1,4096}$/, 'must be 1 to 4096 printable ASCII characters without spaces');

const locale = boundedText(64)
  .refine(isLocale, 'must be a BCP 47 language tag, such as zh-CN')
  .transform((tag) => Intl.getCanonicalLocales(tag)[0] ?? tag)
  .meta({ description: 'BCP 47 language tag; kept in its canonical form.', example: 'zh-CN' });

const timezone = boundedText(64)
  .refine(isTimezone, 'must be an IANA time zone, such as Asia/Shanghai')
  .meta({ description: 'IANA time zone.', example: 'Asia/Shanghai' });

const common = {
  app: boundedText(64)
    .nullish()
    .meta({ description: 'An app of the configuration; `default`, or the only one, unless said.' }),
  locale: locale.nullish(),
  timezone: timezone.nullish(),
  preview: z.enum(['full', 'sender', 'none']).nullish(),
  device_flag: z
    .int()
    .min(0)
    .max(255)
    .nullish()
    .meta({ description: "WuKongIM's device flag: 0 app, 1 web, 2 PC." }),
  app_version: boundedText(64).nullish(),
  model: boundedText(128).nullish(),
};

const apnsRegistration = z
  .strictObject({
    provider: z.literal('apns'),
    platform: z.literal('ios', { error: 'must be ios for apns' }).nullish(),
    token: apnsToken.nullish().meta({ description: 'The alert token.' }),
    voip_token: apnsToken.nullish().meta({ description: 'The PushKit token, for calls.' }),
    environment: z
      .enum(['production', 'sandbox'])
      .nullish()
      .meta({ description: 'production, or the only one that the app has a credential for, unless said.' }),
    ...common,
  })
  .refine((device) => typeof device.token === 'string' || typeof device.voip_token === 'string', {
    path: ['token'],
    message: 'at least one of token and voip_token is needed',
  })
  .meta({ id: 'ApnsRegistration' });

const fcmRegistration = z
  .strictObject({
    provider: z.literal('fcm'),
    platform: z.enum(['android', 'ios', 'web']).nullish().meta({ description: 'android unless said.' }),
    token: fcmToken,
    voip_token: absent('only an apns device has a VoIP token'),
    environment: absent('only an apns device has an environment'),
    ...common,
  })
  .meta({ id: 'FcmRegistration' });

/** The whole of a registration, as PUT takes it; null means not given. */
export const registrationSchema = z.discriminatedUnion('provider', [apnsRegistration, fcmRegistration], {
  error: (issue) => (issue.code === 'invalid_union' ? 'must be apns or fcm' : undefined),
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

export const registeredDeviceSchema = deviceSchema
  .extend({
    evicted: z
      .array(deviceSchema)
      .optional()
      .meta({ description: 'Devices that left because the user had more than the limit.' }),
  })
  .meta({ id: 'RegisteredDevice' });

export type DeviceObject = z.output<typeof deviceSchema>;

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
