import { readListenSockets } from './listen-sockets';
import { problemLine } from '../problem';

const pid = 4711;

function read(env: Record<string, string>, hasAdmin = false) {
  return readListenSockets({ LISTEN_PID: String(pid), ...env }, { pid, hasAdmin });
}

function problem(env: Record<string, string>, hasAdmin = false): string | undefined {
  return read(env, hasAdmin).problems.map(problemLine)[0];
}

it('takes no socket when none is passed', () => {
  const nothing = { sockets: { server: null, admin: null }, problems: [], warnings: [] };
  expect(readListenSockets({}, { pid, hasAdmin: false })).toEqual(nothing);
  expect(read({ LISTEN_FDS: '0' })).toEqual(nothing);
  expect(read({ LISTEN_FDS: '0', LISTEN_FDNAMES: '' })).toEqual(nothing);
});

it.each([
  ['the first for the server', { LISTEN_FDS: '1' }, false, { server: 3, admin: null }],
  [
    'whatever systemd calls it',
    { LISTEN_FDS: '1', LISTEN_FDNAMES: 'relay.socket' },
    false,
    { server: 3, admin: null },
  ],
  ['the server alone where the admin port is its own', { LISTEN_FDS: '1' }, true, { server: 3, admin: null }],
  ['the second for admin', { LISTEN_FDS: '2' }, true, { server: 3, admin: 4 }],
  [
    'both by position under one name',
    { LISTEN_FDS: '2', LISTEN_FDNAMES: 'r.socket:r.socket' },
    true,
    { server: 3, admin: 4 },
  ],
  ['both by name', { LISTEN_FDS: '2', LISTEN_FDNAMES: 'admin:server' }, true, { server: 4, admin: 3 }],
  ['admin alone by name', { LISTEN_FDS: '1', LISTEN_FDNAMES: 'admin' }, true, { server: null, admin: 3 }],
] as const)('takes %s', (_, env, hasAdmin, sockets) => {
  expect(read(env, hasAdmin)).toEqual({ sockets, problems: [], warnings: [] });
});

it.each([
  [
    'a count that is none',
    { LISTEN_FDS: 'one' },
    'LISTEN_FDS: expected the number of passed sockets, got "one"',
  ],
  ['a negative count', { LISTEN_FDS: '-1' }, 'LISTEN_FDS: expected the number of passed sockets, got "-1"'],
  [
    'a second socket that nothing wants',
    { LISTEN_FDS: '2' },
    'LISTEN_FDS: expected 1 socket (2 where server.admin.port is set, the second for it), got 2',
  ],
  [
    'a process id that is none',
    { LISTEN_FDS: '1', LISTEN_PID: '0' },
    'LISTEN_PID: expected a process id, got "0"',
  ],
  [
    'fewer names than sockets',
    { LISTEN_FDS: '1', LISTEN_FDNAMES: 'server:admin' },
    'LISTEN_FDNAMES: expected a name for each of the 1 sockets, separated by colons, got "server:admin"',
  ],
  [
    'an admin socket without an admin port',
    { LISTEN_FDS: '1', LISTEN_FDNAMES: 'admin' },
    'LISTEN_FDNAMES: expected server only, because server.admin.port is not set, got "admin"',
  ],
])('refuses %s', (_, env, line) => {
  expect(problem(env)).toBe(line);
});

it('refuses a third socket, and names that tell only one of two', () => {
  expect(problem({ LISTEN_FDS: '3' }, true)).toBe(
    'LISTEN_FDS: expected at most 2 sockets, server and admin, got 3',
  );
  for (const names of ['server:server', 'server:other'])
    expect(problem({ LISTEN_FDS: '2', LISTEN_FDNAMES: names }, true)).toContain(
      'server and admin, each once, or neither',
    );
});

it.each([
  ['another process', { LISTEN_PID: '1', LISTEN_FDS: '1' }],
  ['no process', { LISTEN_PID: '', LISTEN_FDS: '1' }],
])('leaves the sockets of %s alone, and says so', (_, env) => {
  const { sockets, problems, warnings } = read(env);
  expect([sockets, problems]).toEqual([{ server: null, admin: null }, []]);
  expect(warnings).toEqual([{ key: 'LISTEN_FDS', message: expect.stringContaining('not used') }]);
});
