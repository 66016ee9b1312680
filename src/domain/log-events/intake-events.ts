import type { LogEvent } from './log-event';

/** Requests to the relay: the webhook, the REST API, and receipts of vendors. */
export const intakeEvents = {
  webhook_unauthenticated: {
    level: 'warn',
    means: 'A webhook request was refused. `reason`: `address`, `secret` or `signature`.',
    action:
      'If `address` is WuKongIM: compare its webhook address with `webhook.secrets` and `webhook.allow_from`.',
    fields: ['requestId', 'reason', 'address'],
  },
  webhook_not_local: {
    level: 'warn',
    means:
      'A webhook request was refused. Without a secret, only local `Host` and `Origin` headers are accepted.',
    action: 'Set `WEBHOOK_SECRET`.',
    fields: ['requestId', 'header', 'value'],
  },
  webhook_event_ignored: {
    level: 'info',
    means: 'WuKongIM sent an event that the relay does not use. One line per name.',
    fields: ['requestId', 'name'],
  },
  webhook_body_malformed: {
    level: 'error',
    means: 'A webhook body is malformed. The answer was 400, and the body is in the dead letters.',
    action: 'Report it with the fields of the line and the version of WuKongIM.',
    fields: ['requestId', 'webhookEvent', 'reason', 'path', 'expected', 'lengthBytes', 'sha256'],
  },
  webhook_body_too_large: {
    level: 'error',
    means: 'A webhook body is over the limit. The answer was 413, and the event is lost.',
    action: 'Raise `webhook.max_body_bytes`.',
    fields: ['requestId', 'webhookEvent', 'lengthBytes', 'maxBytes'],
  },
  webhook_body_too_slow: {
    level: 'error',
    means:
      'A webhook body arrived too slowly while others waited for memory. The answer was 408, and the event is lost.',
    action: 'Check the network between WuKongIM and the relay.',
    fields: ['requestId', 'webhookEvent'],
  },
  webhook_aborted: {
    level: 'warn',
    means:
      'The sender closed the connection in the middle of a webhook body. The event is lost, unless it is sent again.',
    action: 'Check the network and the proxies between WuKongIM and the relay.',
    fields: ['requestId', 'webhookEvent'],
  },
  webhook_not_durable: {
    level: 'error',
    means: 'Neither the store nor the journal took an event. The answer was 503. WuKongIM may send it again.',
    action: 'Look at `/readyz`: the store is full or unavailable.',
    fields: ['requestId', 'webhookEvent', 'reason'],
  },
  webhook_not_forwarded_again: {
    level: 'warn',
    means: 'A webhook came from another relay, so it was not forwarded again.',
    action:
      'Check that `webhook.forward` does not name this relay, and that two relays do not name each other.',
    fields: ['requestId', 'webhookEvent'],
  },
  recipients_unreadable: {
    level: 'error',
    means: 'The recipients of a message cannot be read. `salvaged` of them get a push, the others none.',
    action: 'On WuKongIM v2, set `channel.subscriberCompressOfCount` to 0.',
    fields: ['requestId', 'cause', 'messageId', 'salvaged'],
  },
  recipients_unaddressable: {
    level: 'warn',
    means: 'Recipients were left out, because no device can be registered under such a uid.',
    fields: ['requestId', 'messageId', 'count'],
  },
  message_fields_ignored: {
    level: 'warn',
    means: 'Fields of a message are malformed. Their defaults are used.',
    fields: ['requestId', 'messageId', 'fields'],
  },
  notify_messages_malformed: {
    level: 'warn',
    means: 'Malformed messages of `msg.notify` were left out.',
    fields: ['requestId', 'count', 'malformed', 'path'],
  },
  online_status_malformed: {
    level: 'warn',
    means: 'Malformed online statuses were left out.',
    fields: ['requestId', 'applied', 'malformed'],
  },
  api_request: {
    level: 'debug',
    means: 'A request to the REST API was answered.',
    fields: ['operation', 'status', 'seconds', 'requestId'],
  },
  api_request_failed: {
    level: 'error',
    means: 'A request to the REST API was answered 500.',
    action: 'This is a bug: report it with `err`.',
    fields: ['operation', 'requestId', 'err'],
  },
  api_store_unavailable: {
    level: 'debug',
    means: 'A request to the REST API was answered 503, because the store is unavailable.',
    fields: ['operation', 'requestId', 'err'],
  },
  api_unauthenticated: {
    level: 'warn',
    means:
      'A request to the REST API, or a login, had no valid key. `code` is that of the answer, `dashboard_login` or `tangsengdaodao_login`.',
    action: 'If `address` is your app server: compare its key with `api.keys`.',
    fields: ['requestId', 'code', 'address'],
  },
  api_not_local: {
    level: 'warn',
    means:
      'A request to the REST API was refused. Without keys, only local `Host` and `Origin` headers are accepted.',
    action: 'Set `API_KEYS`.',
    fields: ['requestId', 'header', 'value'],
  },
  dead_letter_bodies_read: {
    level: 'info',
    means: 'Somebody read dead letters with their content.',
    fields: ['requestId', 'letters'],
  },
  dashboard_entered: {
    level: 'info',
    means: 'Somebody logged in to the dashboard.',
    fields: ['requestId', 'address'],
  },
  user_erased: { level: 'info', means: 'All data about a user was erased.', fields: ['requestId'] },
  user_token_keys_unavailable: {
    level: 'warn',
    means:
      'The keys of user tokens cannot be fetched. `hasKeys`: the keys of the last fetch stay in use. Otherwise every user token is answered 503.',
    action: 'Check `api.user_tokens.jwks_url` and the server behind it.',
    fields: ['reason', 'hasKeys'],
  },
  user_token_keys_fetched: {
    level: 'info',
    means: 'The keys of user tokens were fetched again.',
    fields: ['forMs'],
  },
  tangsengdaodao_redis_away: {
    level: 'warn',
    means: 'The Redis of TangSengDaoDao does not answer. Its clients cannot register devices.',
    action: 'Check `compat.tangsengdaodao.redis_url` and that Redis.',
    fields: ['reason'],
  },
  tangsengdaodao_redis_back: {
    level: 'info',
    means: 'The Redis of TangSengDaoDao answers again.',
    fields: [],
  },
  receipt_refused: {
    level: 'warn',
    means:
      'A receipt of a vendor was refused. `reason`: `wrong_secret` (in the address), `unauthorized` (its signature) or `malformed`.',
    action: 'Compare the address that is set at the vendor with the configured secret.',
    fields: ['provider', 'app', 'reason'],
  },
  receipt_failed: {
    level: 'warn',
    means: 'A receipt could not be processed. The vendor may send it again.',
    fields: ['provider', 'app', 'err'],
  },
} as const satisfies Record<string, LogEvent>;
