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
