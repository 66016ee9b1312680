import type { Device } from '../../domain/device';
import { providerTable, type TokenKind } from '../../domain/provider-table';
import type { RecipientResult } from '../../domain/recipient-result';
import type { MessageFacts, Moment } from './rule';

/** Where one device is reached for one message. */
export interface DeviceAddress {
  readonly tokenKind: TokenKind;
  readonly token: string;
}

/**
 * The device token that a message goes to; a reason where the device gets nothing. `tokenKind`: what an earlier attempt went
 * to; null where there was none. `suspendForMs`: how long a suspension lasts.
 */
export function addressOf(
  { body, call }: MessageFacts,
  device: Device,
  tokenKind: TokenKind | null,
  now: Moment,
  suspendForMs: number,
): DeviceAddress | RecipientResult {
  const kind = tokenKind ?? (call?.action === 'invite' && device.voipToken !== null ? 'voip' : 'alert');
  const token = kind === 'voip' ? device.voipToken : device.token;
  if (token === null || !isMeant(body, device)) return 'no_device';
  if (isSuspended(device.suspendedUntilMs, now.wallMs, suspendForMs)) return 'suspended';
  return { tokenKind: kind, token };
}

/** A push may name its app, and a replay the devices that it is for. */
function isMeant(body: MessageFacts['body'], device: Device): boolean {
  const { app } = device;
  if (body.kind === 'push' && body.push.app !== null && body.push.app !== app) return false;
  if (body.kind === 'push' && body.push.read !== undefined && showsEveryPush(device)) return false;
  return isReplayedTo(body, device);
}

/** False: the replay is for other devices, and changes nothing for this one. */
export function isReplayedTo({ replay }: MessageFacts['body'], { uid, deviceId }: Device): boolean {
  const only = replay?.only ?? null;
  return only === null || only.some((one) => one.uid === uid && one.deviceId === deviceId);
}

/** A browser shows something for every push. */
export function showsEveryPush({ provider, platform }: Device): boolean {
  return platform === 'web' || providerTable[provider].showsEveryPush;
}

/** An end further ahead than a suspension lasts was set by a clock that was wrong. */
function isSuspended(untilMs: number | null, nowMs: number, suspendForMs: number): boolean {
  return untilMs !== null && untilMs > nowMs && untilMs - nowMs <= suspendForMs;
}
