import type { Environment } from './environment';
import { readVariable } from './environment';
import type { ConfigProblem, ConfigWarning } from '../problem';
import { expectedMessage } from '../problem';
import { shownValue } from '../shown-value';

/** Descriptors of listening sockets that the service manager made; null: the relay makes its own. */
export interface ListenSockets {
  readonly server: number | null;
  readonly admin: number | null;
}

export interface ListenSocketsResult {
  readonly sockets: ListenSockets;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigWarning[];
}

/** Where they begin: sd_listen_fds(3), SD_LISTEN_FDS_START. */
const firstDescriptor = 3;
const none: ListenSockets = { server: null, admin: null };

/**
 * Socket activation as sd_listen_fds(3) has it: LISTEN_FDS sockets from descriptor 3 on, for the process LISTEN_PID only,
 * named by LISTEN_FDNAMES (`server`, `admin`; without these names in that order).
 * https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
 */
export function readListenSockets(
  env: Environment,
  { pid, hasAdmin }: { readonly pid: number; readonly hasAdmin: boolean },
): ListenSocketsResult {
  const countText = readVariable(env, 'LISTEN_FDS');
  const pidText = readVariable(env, 'LISTEN_PID');
  if (countText === null) return { sockets: none, problems: [], warnings: [] };
  if (pidText !== null && !/^[1-9]\d{0,9}$/.test(pidText))
    return wrong('LISTEN_PID', 'a process id', shownValue(pidText));
  if (pidText === null || Number(pidText) !== pid) return notForUs(pidText, pid);
  if (!/^\d{1,4}$/.test(countText))
    return wrong('LISTEN_FDS', 'the number of passed sockets', shownValue(countText));
  const count = Number(countText);
  if (count > (hasAdmin ? 2 : 1)) {
    const most = hasAdmin
      ? 'at most 2 sockets, server and admin'
      : '1 socket (2 where server.admin.port is set, the second for it)';
    return wrong('LISTEN_FDS', most, countText);
  }
  return assign(count, readVariable(env, 'LISTEN_FDNAMES'), hasAdmin);
}

function assign(count: number, namesText: string | null, hasAdmin: boolean): ListenSocketsResult {
  const names = namesText?.split(':') ?? [];
  if (namesText !== null && names.length !== count) {
    return wrong(
      'LISTEN_FDNAMES',
      `a name for each of the ${String(count)} sockets, separated by colons`,
      shownValue(namesText),
    );
  }
  const roles = names.filter((name) => name === 'server' || name === 'admin');
  const isNamed = roles.length === count && new Set(roles).size === count;
  if (!isNamed && roles.length > 0) {
    return wrong('LISTEN_FDNAMES', 'server and admin, each once, or neither', shownValue(namesText));
  }
  if (names.includes('admin') && !hasAdmin) {
    return wrong(
      'LISTEN_FDNAMES',
      'server only, because server.admin.port is not set',
      shownValue(namesText),
    );
  }
  const descriptor = (role: 'server' | 'admin', position: number) => {
    const at = isNamed && count > 0 ? names.indexOf(role) : position < count ? position : -1;
    return at === -1 ? null : firstDescriptor + at;
  };
  return {
    sockets: { server: descriptor('server', 0), admin: descriptor('admin', 1) },
    problems: [],
    warnings: [],
  };
}

function notForUs(pidText: string | null, pid: number): ListenSocketsResult {
  const whose = pidText === null ? 'LISTEN_PID is not set' : `LISTEN_PID is ${pidText}`;
  const message = `not used, because ${whose} and this process is ${String(pid)}; the service manager has to start node itself, not through npm or a shell that stays`;
  return { sockets: none, problems: [], warnings: [{ key: 'LISTEN_FDS', message }] };
}

function wrong(key: string, expected: string, got: string | null): ListenSocketsResult {
  return {
    sockets: none,
    problems: [{ key, source: null, message: expectedMessage(expected, got) }],
    warnings: [],
  };
}
