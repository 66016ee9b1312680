import type { LogEvent } from './log-event';

const route = ['provider', 'app', 'environment'] as const;

/** The way of a message from the inbox to the phone, and what providers answer. */
export const deliveryEvents = {
  message_step: {
    level: 'debug',
    means: 'One step of a message for one recipient or device. docs/trace.md lists `step` and `reason`.',
    fields: ['messageId', 'uid', 'deviceId', 'step', 'reason'],
  },
  credential_paused: {
    level: 'error',
    means: 'The provider refuses the credential. Its pushes wait.',
    action: 'Do what `fix` says. The relay tries again once per minute.',
    fields: [...route, 'reason', 'fix'],
  },
  credential_probed: {
    level: 'debug',
    means: 'One push is sent to test a paused credential.',
    fields: route,
  },
  credential_resumed: {
    level: 'info',
    means: 'The provider accepts the credential again. The waiting pushes are sent.',
    fields: [...route, 'pausedForMs'],
  },
  provider_outage_began: {
    level: 'error',
    means: 'No push gets through to the provider. The pushes wait and are retried.',
    action: 'Check the network to the provider, and the status page of the provider.',
    fields: [...route, 'reason', 'attempts'],
  },
  provider_outage_ended: {
    level: 'info',
    means: 'The provider answers again.',
    fields: [...route, 'reason', 'attempts', 'lastedMs'],
  },
  quota_exhausted: {
    level: 'error',
    means: 'The daily quota at the provider is used up. Its pushes wait until `until`.',
    action: 'Ask the vendor for a higher quota, or send less. docs/vendors.md has the quotas.',
    fields: [...route, 'reason', 'until'],
  },
  device_environment_corrected: {
    level: 'info',
    means:
      'A device token works in this environment, not in the one that it was registered with. The relay has changed the record.',
    action: 'Let the app register with the right `environment`.',
    fields: route,
  },
  device_app_mismatch: {
    level: 'warn',
    means: 'A device token belongs to another app or project than the configured one.',
    action: 'Compare the topic or project of `app` with that of the app on the phone.',
    fields: [...route, 'reason'],
  },
  device_removal_braked: {
    level: 'error',
    means: 'The provider called too many device tokens dead for one reason. The relay keeps the others.',
    action: 'Do what `fix` says: a wrong topic or project looks like that.',
    fields: [...route, 'reason', 'fix'],
  },
  device_forgotten: {
    level: 'info',
    means:
      'The provider reported a device token as dead, and the relay has removed it. `token` shows its end.',
    fields: [...route, 'reason', 'uid', 'deviceId', 'token'],
  },
  device_suspended: {
    level: 'warn',
    means: 'The provider rejects each push to a device. It gets none for some time.',
    action: 'Check `reason` in docs/vendors.md, and the registration of the device.',
    fields: [...route, 'reason', 'uid', 'deviceId'],
  },
  device_unreadable: {
    level: 'error',
    means:
      'This version does not know the provider, platform or lane of a stored device. The device gets no pushes. One line per combination.',
    action: 'Run the version that registered it.',
    fields: ['uid', 'deviceId', 'provider', 'platform', 'lane'],
  },
  device_write_failed: {
    level: 'error',
    means: 'The record of a device could not be changed. The next answer of the provider changes it.',
    action: 'Look at `/readyz` and `err`.',
    fields: ['err', 'operation'],
  },
  devices_expired: {
    level: 'info',
    means: 'Devices without a sign of life for `devices.expire_after` were removed.',
    fields: ['pruned'],
  },
  device_expiry_failed: {
    level: 'error',
    means: 'Expired devices could not be removed. The relay tries again a day later.',
    action: 'Look at `/readyz` and `err`.',
    fields: ['err'],
  },
  push_rejected: {
    level: 'error',
    means: 'The provider rejects the content of a push. The push is in the dead letters.',
    action: 'Look up `reason` in docs/vendors.md.',
    fields: [...route, 'reason'],
  },
  push_dead_lettered: {
    level: 'warn',
    means: 'A push was given up. It is in the dead letters.',
    action: 'Look up `reason` in docs/runbook.md. `dead-letters replay` sends it again.',
    fields: ['deadLetterId', 'reason', 'route', 'recipients', 'messageId'],
  },
  inbox_entry_failed: {
    level: 'error',
    means: 'A message could not be processed. The relay retries it.',
    action: 'If it repeats: report it with `err`.',
    fields: ['err', 'entry'],
  },
  inbox_entry_dead_lettered: {
    level: 'error',
    means: 'A message could not be processed for good. It is in the dead letters.',
    action: 'This is a bug: report it with the `inbox_entry_failed` lines of the same `entry`.',
    fields: ['entry', 'reason'],
  },
  inbox_entry_unreadable: {
    level: 'error',
    means: 'A stored message cannot be read.',
    action: 'Check the disk of `data_dir`.',
    fields: ['entry', 'reason'],
  },
  inbox_claim_failed: {
    level: 'error',
    means: 'Waiting messages or pushes could not be read from the store. The relay retries.',
    action: 'Look at `/readyz` and `err`.',
    fields: ['err', 'operation'],
  },
  inbox_renew_failed: {
    level: 'error',
    means: 'The leases of messages could not be renewed. Another replica may send the same pushes.',
    action: 'Look at `/readyz` and `err`.',
    fields: ['err', 'operation'],
  },
  inbox_settle_failed: {
    level: 'error',
    means: 'The results of `count` messages or pushes could not be written. The relay retries.',
    action: 'Look at `/readyz` and `err`.',
    fields: ['err', 'operation', 'count'],
  },
  inbox_claims_lost: {
    level: 'warn',
    means:
      'Another replica took over `count` messages, because this one was too slow. Some phones may ring twice.',
    action: 'If it repeats: give the relay more CPU, or raise `delivery.claim_seconds`.',
    fields: ['count'],
  },
  settled_deliveries_dropped: {
    level: 'warn',
    means: 'Retries were dropped, because another replica has already settled their message.',
    fields: ['entry', 'delivery', 'deliveries'],
  },
  pause_not_shared: {
    level: 'error',
    means: 'Other replicas could not be told of a paused credential. They find out by themselves.',
    action: 'Look at `/readyz` and `err`.',
    fields: ['err', 'operation'],
  },
  access_token_unavailable: {
    level: 'warn',
    means:
      'A new access token could not be fetched. `kind`: `misconfigured` or `unavailable`. One line per reason.',
    action: '`misconfigured`: check the credential. `unavailable`: check the network to the provider.',
    fields: ['provider', 'kind', 'reason'],
  },
  access_token_available: {
    level: 'info',
    means: 'Access tokens can be fetched again.',
    fields: ['provider'],
  },
  apns_token_renewed: {
    level: 'debug',
    means: 'A new provider token for APNs is in use. `origin`: made here, or by another replica.',
    fields: ['keyId', 'teamId', 'origin'],
  },
  apns_token_not_shared: {
    level: 'debug',
    means: 'The provider token for APNs could not be shared with other replicas.',
    fields: ['err'],
  },
  connection_opened: {
    level: 'debug',
    means: 'A connection to a provider was opened.',
    fields: ['origin', 'address'],
  },
  connection_closed: {
    level: 'info',
    means: 'A connection to a provider was closed. Its unanswered requests are retried.',
    fields: ['origin', 'address', 'cause'],
  },
  connection_drained: {
    level: 'debug',
    means: 'A connection takes no new requests. It is closed when its requests are answered.',
    fields: ['origin', 'address', 'cause'],
  },
  connect_failed: {
    level: 'warn',
    means: 'The relay cannot connect to a provider. One line per cause.',
    action: 'Check DNS, the proxy and the firewall.',
    fields: ['origin', 'cause'],
  },
  connect_failed_again: {
    level: 'debug',
    means: 'The relay still cannot connect to a provider, for the same cause.',
    fields: ['origin', 'cause'],
  },
  traces_incomplete: {
    level: 'warn',
    means: '`steps` steps of messages are missing in their traces. Pushes are not affected.',
    action: 'Look at `/readyz` and `err`, or lower `trace.sample`.',
    fields: ['steps', 'err'],
  },
  traces_complete: {
    level: 'info',
    means: 'Traces miss no new steps any more. In all, `steps` steps are missing.',
    fields: ['forMs', 'steps'],
  },
  sandbox_push_shown: {
    level: 'info',
    means: 'Sandbox mode only: a simulated phone shows `text`. Without the sandbox no text is ever logged.',
    fields: ['provider', 'uid', 'deviceId', 'text'],
  },
} as const satisfies Record<string, LogEvent>;
