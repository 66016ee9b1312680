import { isProviderName, providerTable } from '../../domain/provider-table';
import { z } from 'zod';
import { issueWords } from '../../api/request/issue-words';
import { addressOf, toDevice, warningsOf } from '../../api/registration';
import { registrationSchema } from '../../api/schemas/device';
import { identifier, line } from '../../api/schemas/identifiers';
import { timeInput, toTimeText, toTimeTextOrNull } from '../../api/schemas/times';
import type { ConfiguredApp } from '../../api/services';
import { toFieldErrors } from '../../api/request/validation';
import type { Device } from '../../domain/device';
import { readPerson, type PersonLine } from './person-line';
import { parseObject } from '../../shared/json-object';

/** One line of an export: what it is, one device or name or the like, or its end. docs/deploy.md, "Moving devices" shows the format. */
export type TransferLine =
  | { readonly kind: 'header'; readonly count: number | null }
  /** Warnings: what is taken without doing what was meant. */
  | { readonly kind: 'device'; readonly device: Device; readonly warnings: readonly string[] }
  | PersonLine
  | { readonly kind: 'end'; readonly count: number }
  | { readonly kind: 'problem'; readonly problem: string };

export interface LineContext {
  readonly apps: readonly ConfiguredApp[];
  readonly nowMs: number;
}

const words = { error: issueWords };
const format = 'wukongim-push-relay/devices';
const version = 1;
/** Clocks of two installations differ; a registration from further ahead than this would win over all to come. */
const aheadMs = 86_400_000;

export function headerLine(count: number | null, nowMs: number): string {
  return JSON.stringify({
    format: format,
    version: version,
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
    kind: 'device',
    uid: device.uid,
    device_id: device.deviceId,
    app: device.app,
    provider: device.provider,
    platform: device.platform,
    ...laneOf(device),
    ...addressOf(device),
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

/** A token that says its lane says it to whoever reads the line as well. */
function laneOf({ provider, lane }: Device): Record<string, string> {
  const { laneField, laneOfToken } = providerTable[provider];
  return laneOfToken === null ? { [laneField ?? 'environment']: lane } : {};
}

const headerSchema = z.object({
  format: z.literal(format, { error: `must be ${format}` }),
  version: z.literal(version, {
    error: `must be ${String(version)}, the only version that this relay reads`,
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
  const value = parseObject(text);
  if (value === null) return problem('must be a JSON object');
  if ('format' in value) return readHeader(value);
  if ('end' in value) {
    const end = endSchema.safeParse(value, words);
    return end.success ? { kind: 'end', count: end.data.count } : issues(end.error);
  }
  // Without a kind, it was written before there were others.
  const { kind = 'device', ...rest } = value as { readonly kind?: unknown };
  return kind === 'device' ? readDevice(rest, context) : readPerson(kind, value);
}

function readHeader(value: object): TransferLine {
  const header = headerSchema.safeParse(value, words);
  return header.success ? { kind: 'header', count: header.data.count ?? null } : issues(header.error);
}

function readDevice(value: object, { apps, nowMs }: LineContext): TransferLine {
  const history = historySchema.safeParse(value, words);
  if (!history.success) return issues(history.error);
  const { uid, device_id: deviceId, registered_at: registeredAtMs } = history.data;
  if (registeredAtMs > nowMs + aheadMs) return problem('registered_at: must not lie in the future');
  const registration = registrationSchema.safeParse(registrationOf(value), words);
  if (!registration.success) return issues(registration.error);
  const device = toDevice(registration.data, null, { uid, deviceId, nowMs: registeredAtMs, apps });
  if ('kind' in device) return problem(`${device.errors?.[0]?.path ?? 'provider'}: ${device.detail}`);
  return {
    kind: 'device',
    warnings: warningsOf(registration.data)
      .filter(({ path }) => path !== 'voip_token')
      .map(({ path, message }) => `${path}: ${message}`),
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
  // A lane that the API lets nobody name is the only one.
  const { provider, environment } = registration;
  if (isProviderName(provider) && providerTable[provider].laneField === null)
    if (environment === providerTable[provider].lanes[0]) delete registration.environment;
  return registration;
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
