import type { LogEvent } from './log-event';

/** The process itself: start, configuration, stop, and the connections that it takes. */
export const processEvents = {
  relay_listening: {
    level: 'info',
    means:
      'The relay has started and accepts requests. `host` is the address that it listens on, and this machine reaches it at `url`.',
    fields: [
      'url',
      'host',
      'adminUrl',
      'adminHost',
      'dashboard',
      'grpcAddress',
      'version',
      'store',
      'providers',
      'apps',
    ],
  },
  check_degraded: {
    level: 'warn',
    means: 'A check of `/readyz` is not `ok` when the relay starts.',
    action: 'Do what `detail` says.',
    fields: ['check', 'detail'],
  },
  config_warning: {
    level: 'warn',
    means: 'A value of the configuration is allowed, but probably not what you want.',
    action: 'Read `detail` and change `key`.',
    fields: ['key', 'detail'],
  },
  config_reloaded: {
    level: 'info',
    means: 'SIGHUP: the new configuration is in use.',
    fields: ['changed'],
  },
  config_restart_needed: {
    level: 'warn',
    means: 'SIGHUP: the values of `keys` have changed and take effect at the next start.',
    action: 'Restart the relay.',
    fields: ['keys'],
  },
  config_reload_refused: {
    level: 'error',
    means: 'SIGHUP: the new configuration is invalid. The relay keeps the old one.',
    action: 'Fix what `problems` or `err` names, and send SIGHUP again.',
    fields: ['problems', 'err'],
  },
  relay_stopping: {
    level: 'info',
    means: 'A graceful shutdown has started. It takes `drainMs` milliseconds at most.',
    fields: ['drainMs'],
  },
  relay_stopped: { level: 'info', means: 'The graceful shutdown is complete.', fields: [] },
  relay_stop_timed_out: {
    level: 'error',
    means:
      'The graceful shutdown took too long. Unfinished work is in the store and continues at the next start.',
    action: 'If it repeats: look at `/readyz` for a slow store or disk.',
    fields: [],
  },
  relay_failed: {
    level: 'fatal',
    means: 'The relay could not start or run. It exits with code 1.',
    action: 'Read `err`. If it names nothing that you can fix, report it.',
    fields: ['err'],
  },
  relay_crashed: {
    level: 'fatal',
    means:
      'An error that no code handles. The process exits, and its supervisor starts it again. No accepted message is lost.',
    action: 'This is a bug: report it with `err`.',
    fields: ['cause', 'err'],
  },
  library_message: {
    level: 'warn',
    means: 'A library has printed `text`.',
    fields: ['text'],
  },
  connections_full: {
    level: 'warn',
    means: 'The relay has no room for more connections. It closes the oldest idle ones for new ones.',
    action: 'Find out who opens so many, or raise the limit of open files.',
    fields: [],
  },
  connections_not_full: { level: 'info', means: 'There is room for connections again.', fields: [] },
  gauge_failed: {
    level: 'debug',
    means: 'A gauge of `/metrics` could not be read. It keeps its last value.',
    fields: ['err'],
  },
} as const satisfies Record<string, LogEvent>;
