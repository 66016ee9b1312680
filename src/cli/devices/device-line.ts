import { z } from 'zod';
import { issueWords } from '../../api/request/issue-words';
import { toDevice } from '../../api/registration';
import { registrationSchema } from '../../api/schemas/device';
import { identifier, line } from '../../api/schemas/identifiers';
import { timeInput, toTimeText, toTimeTextOrNull } from '../../api/schemas/times';
import type { ConfiguredApp } from '../../api/services';
import { toFieldErrors } from '../../api/request/validation';
import type { Device } from '../../domain/device';

/** One line of an export: what it is, one device, or its end. docs/deploy.md, "Moving devices" shows the format. */
export type TransferLine =
  | { readonly kind: 'header'; readonly count: number | null }
  | { readonly kind: 'device'; readonly device: Device }
  | { readonly kind: 'end'; readonly count: number }
  | { readonly kind: 'problem'; readonly problem: string };

export interface LineContext {
  readonly apps: readonly ConfiguredApp[];
  readonly nowMs: number;
}

const words = { error: issueWords };
const FORMAT = 'wukongim-push-relay/devices';
const VERSION = 1;
/** Clocks of two installations differ; a registration from further ahead than this would win over all to come. */
const AHEAD_MS = 86_400_000;

export function headerLine(count: number | null, nowMs: number): string {
  return JSON.stringify({
    format: FORMAT,
    version: VERSION,
    exported_at: toTimeText(nowMs),
    ...(count === null ? {} : { count }),
  });
}

export function endLine(count: number): string {
  return JSON.stringify({ end: true, count });
}

/** All that is stored of the device, tokens in full; but for a provider's throttling, which is over within the hour. */
export function deviceLine(device: Device): string {
  return JSON.stringify({
    uid: device.uid,
    device_id: device.deviceId,
    app: device.app,
    provider: device.provider,
    platform: device.platform,
    environment: device.environment,
    token: device.token,
    voip_token: device.voipToken,
    locale: device.locale,
    timezone: device.timezone,
    preview: device.preview,
    device_flag: device.deviceFlag,
    app_version: device.appVersion,
    model: device.model,
    registered_at: toTimeText(device.registeredAtMs),
    last_active_at: toTimeTextOrNull(device.lastActiveAtMs),
    last_accepted_at: toTimeTextOrNull(device.lastAcceptedAtMs),
    last_failure_at: toTimeTextOrNull(device.lastFailureAtMs),
    last_failure_reason: device.lastFailureReason,
    rejections_in_row: device.rejectionsInRow,
    suspended_until: toTimeTextOrNull(device.suspendedUntilMs),
  });
}

const headerSchema = z.object({
  format: z.literal(FORMAT, { error: `must be ${FORMAT}` }),
  version: z.literal(VERSION, {
    error: `must be ${String(VERSION)}, the only version that this relay reads`,
  }),
  count: z.int().min(0).nullish(),
});

const endSchema = z.strictObject({ end: z.literal(true), count: z.int().min(0) });

/** What a registration over the API does not say; all else of a line is one. */
const historySchema = z.object({
  uid: identifier,
  device_id: identifier,
  registered_at: timeInput,
  last_active_at: timeInput.nullish(),
  last_accepted_at: timeInput.nullish(),
  last_failure_at: timeInput.nullish(),
  last_failure_reason: line(256).nullish(),
  rejections_in_row: z.int().min(0).nullish(),
  suspended_until: timeInput.nullish(),
});

const historyKeys: ReadonlySet<string> = new Set(Object.keys(historySchema.shape));

/** A line is checked like a registration over the API, and by the same rules brought into its stored form. */
export function readLine(text: string, context: LineContext): TransferLine {
  const value = parse(text);
  if (value === null) return problem('must be a JSON object');
  if ('format' in value) return readHeader(value);
  if ('end' in value) {
    const end = endSchema.safeParse(value, words);
    return end.success ? { kind: 'end', count: end.data.count } : issues(end.error);
  }
  return readDevice(value, context);
}

function readHeader(value: object): TransferLine {
  const header = headerSchema.safeParse(value, words);
  return header.success ? { kind: 'header', count: header.data.count ?? null } : issues(header.error);
}

function readDevice(value: object, { apps, nowMs }: LineContext): TransferLine {
  const history = historySchema.safeParse(value, words);
  if (!history.success) return issues(history.error);
  const { uid, device_id: deviceId, registered_at: registeredAtMs } = history.data;
  if (registeredAtMs > nowMs + AHEAD_MS) return problem('registered_at: must not lie in the future');
  const registration = registrationSchema.safeParse(registrationOf(value), words);
  if (!registration.success) return issues(registration.error);
  const device = toDevice(registration.data, null, { uid, deviceId, nowMs: registeredAtMs, apps });
  if ('kind' in device) return problem(device.detail);
  return {
    kind: 'device',
    device: {
      ...device,
      lastActiveAtMs: history.data.last_active_at ?? null,
      lastAcceptedAtMs: history.data.last_accepted_at ?? null,
      lastFailureAtMs: history.data.last_failure_at ?? null,
      lastFailureReason: history.data.last_failure_reason ?? null,
      rejectionsInRow: history.data.rejections_in_row ?? 0,
      suspendedUntilMs: history.data.suspended_until ?? null,
    },
  };
}

function registrationOf(value: object): object {
  const own = Object.entries(value).filter(([name]) => !historyKeys.has(name));
  const registration = Object.fromEntries(own) as Record<string, unknown>;
  // FCM knows one environment, and the API lets nobody name it.
  if (registration.provider === 'fcm' && registration.environment === 'production')
    delete registration.environment;
  return registration;
}

function parse(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function issues(error: z.ZodError): TransferLine {
  const errors = toFieldErrors(error.issues);
  return problem(
    errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '),
  );
}

function problem(text: string): TransferLine {
  return { kind: 'problem', problem: text };
}
