/** Why a recipient did or did not get a push. recalled: taken back before it was sent, or the call was given up or answered. */
export const recipientResults = [
  'pushed',
  'no_device',
  'not_configured',
  'suspended',
  'sender',
  'hidden',
  'muted',
  'quiet_hours',
  'online',
  'storm',
  'duplicate',
  'expired',
  'command',
  'not_persisted',
  'not_pushed_type',
  'recalled',
] as const;

export type RecipientResult = (typeof recipientResults)[number];

/**
 * Why a planned delivery ends with nothing to keep. forgotten: its device token is dead. device_gone: the device is not registered any
 * more. superseded: a later message took its place. read: on another device. not_retried: a test push, which is tried once. Otherwise a rule decided so before a
 * later attempt.
 */
export type DropReason =
  | 'forgotten'
  | 'device_gone'
  | 'superseded'
  | 'read'
  | 'not_retried'
  | Exclude<RecipientResult, 'pushed' | 'no_device' | 'not_configured'>;
