import type { LogEvent } from './log-event';

/** What the relay stands on and whom it calls: store, disk, journal, and the operator's own services. */
export const serviceEvents = {
  redis_unavailable: {
    level: 'warn',
    means: 'Redis does not take commands. The journal takes the webhooks. One line per outage and reason.',
    action: 'Do what `reason` says, and check Redis.',
    fields: ['reason'],
  },
  redis_available: {
    level: 'info',
    means: 'Redis takes commands again, and the journal is empty. `drained`: events that it handed on.',
    fields: ['forMs', 'drained'],
  },
  disk_writes_refused: {
    level: 'error',
    means: 'A file in `data_dir` takes no writes. `part` names what is affected. One line per outage.',
    action: 'Free disk space, or check the disk.',
    fields: ['part', 'reason'],
  },
  disk_writes_resumed: {
    level: 'info',
    means: 'The file in `data_dir` takes writes again.',
    fields: ['part', 'forMs'],
  },
  data_directory_closed: {
    level: 'warn',
    means: '`data_dir` was open to other users. The relay has changed its mode from `was` to `is`.',
    fields: ['directory', 'was', 'is'],
  },
  sweep_failed: {
    level: 'warn',
    means: 'Expired rows of the embedded store could not be removed. The relay retries.',
    action: 'If it repeats: check the disk of `data_dir`.',
    fields: ['err'],
  },
  claim_marks_failed: {
    level: 'warn',
    means:
      'It could not be written how often messages were handed out. A message that ends the process is retried more often.',
    action: 'Check the disk of `data_dir`.',
    fields: ['reason'],
  },
  embedded_store_left_over: {
    level: 'warn',
    means: 'The relay uses Redis, and the embedded store still holds unsent messages.',
    action: 'Start the relay once without Redis. It then sends them.',
    fields: ['file', 'entries', 'deliveries'],
  },
  embedded_store_unreadable: {
    level: 'warn',
    means:
      'The relay uses Redis and cannot read the embedded store. It cannot tell whether unsent messages are in it.',
    action: 'Read `err`.',
    fields: ['file', 'err'],
  },
  journal_left_over: {
    level: 'warn',
    means:
      'The relay no longer uses Redis, and the journal still held `entries` events. They go to the embedded store.',
    fields: ['entries'],
  },
  journal_handed_on: {
    level: 'info',
    means: 'The store has taken the events that the journal kept from an earlier run.',
    fields: ['drained'],
  },
  journal_event_set_aside: {
    level: 'error',
    means: 'Redis rejects an event of the journal. The event is kept and retried each minute.',
    action: 'Read `err`. docs/durability.md explains the journal.',
    fields: ['err'],
  },
  journal_failed: {
    level: 'error',
    means: 'The journal cannot be read or written. The relay retries.',
    action: 'Check the disk of `data_dir`.',
    fields: ['err'],
  },
  journal_copies_kept: {
    level: 'warn',
    means: 'No Redis replica confirms the writes in time. The journal keeps copies.',
    action: 'Check the replicas of Redis.',
    fields: ['events'],
  },
  journal_copies_expired: {
    level: 'warn',
    means: 'Copies were removed from the journal, although no Redis replica confirmed them.',
    action: 'Check the replicas of Redis. A failover now may lose these events.',
    fields: ['events'],
  },
  forward_receiver_away: {
    level: 'warn',
    means: 'A receiver of forwarded webhooks takes nothing. Its events wait on disk.',
    action: 'Check the receiver at `target`.',
    fields: ['target', 'reason'],
  },
  forward_receiver_back: {
    level: 'info',
    means: 'The receiver of forwarded webhooks takes events again.',
    fields: ['target'],
  },
  forward_refused: {
    level: 'warn',
    means: 'A receiver of forwarded webhooks refuses an event. It is sent again.',
    action: 'Look at the log of the receiver.',
    fields: ['target', 'webhookEvent', 'reason'],
  },
  forward_dead_lettered: {
    level: 'warn',
    means: 'A forwarded webhook was given up. It is in the dead letters.',
    action: 'Look at `why` and `detail`, and at the log of the receiver.',
    fields: ['target', 'webhookEvent', 'why', 'detail'],
  },
  forward_dropped: {
    level: 'warn',
    means:
      'A webhook was not forwarded, because too many wait for a receiver that takes nothing. The relay itself has it.',
    action: 'Check the receiver at `target`.',
    fields: ['target', 'webhookEvent'],
  },
  forward_queue_failed: {
    level: 'warn',
    means: 'The queue of forwarded webhooks cannot be read or written. The relay retries.',
    action: 'Check the disk of `data_dir`.',
    fields: ['target', 'err'],
  },
  forward_queue_unusable: {
    level: 'warn',
    means:
      'Webhooks that wait for removed receivers cannot be read. No receiver is configured, so the relay starts without them.',
    action: 'Fix what `err` names, or delete the directory `forward` in `data_dir`.',
    fields: ['err'],
  },
  feedback_receiver_away: {
    level: 'warn',
    means: 'The receiver of feedback takes nothing. Its events wait on disk.',
    action: 'Check the server at `feedback.url`.',
    fields: ['reason'],
  },
  feedback_receiver_back: {
    level: 'info',
    means: 'The receiver of feedback takes events again.',
    fields: [],
  },
  feedback_expired: {
    level: 'error',
    means: 'An event for the receiver of feedback was given up after 24 hours.',
    action: 'Check the server at `feedback.url`. docs/feedback.md says how to catch up.',
    fields: ['type'],
  },
  feedback_dropped: {
    level: 'error',
    means: 'An event for the receiver of feedback could not be kept on disk.',
    action: 'Read `reason` or `err`: too many events wait, or the disk fails.',
    fields: ['type', 'reason', 'err'],
  },
  feedback_queue_failed: {
    level: 'warn',
    means: 'The queue of feedback cannot be read. The relay retries.',
    action: 'Check the disk of `data_dir`.',
    fields: ['err'],
  },
  resolver_away: {
    level: 'warn',
    means:
      'The resolver does not answer. Pushes go out without it, and without text where preferences are unknown.',
    action: 'Check the server at `resolver.url`.',
    fields: ['reason'],
  },
  resolver_back: { level: 'info', means: 'The resolver answers again.', fields: ['forMs'] },
  otel_collector_away: {
    level: 'warn',
    means: 'The OpenTelemetry collector takes no spans. The relay drops them, and pushes go on.',
    action: 'Check the collector at `otel.endpoint`.',
    fields: ['reason'],
  },
  otel_collector_back: {
    level: 'info',
    means: 'The OpenTelemetry collector takes spans again.',
    fields: ['forMs', 'spansLost'],
  },
  wukongim_api_away: {
    level: 'warn',
    means: 'The API of WuKongIM does not answer. Users who are online get pushes, too.',
    action: 'Check `wukongim.api_url` and WuKongIM.',
    fields: ['reason'],
  },
  wukongim_api_back: { level: 'info', means: 'The API of WuKongIM answers again.', fields: ['forMs'] },
} as const satisfies Record<string, LogEvent>;
