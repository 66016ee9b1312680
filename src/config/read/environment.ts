import type { ProxyEnvironment } from '../proxy';

/** Environment variables. This file is the one place that touches the process's own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that systemd passes sockets with (socket activation). */
const socketVariables = ['LISTEN_PID', 'LISTEN_PIDFDID', 'LISTEN_FDS', 'LISTEN_FDNAMES'];

/**
 * The process's own. Those of socket activation are taken out of it, as sd_listen_fds(3) asks: they are meant for this
 * process, and a child must not believe that it holds the sockets.
 */
export function processEnvironment(): Environment {
  const env = { ...process.env };
  for (const name of socketVariables) Reflect.deleteProperty(process.env, name);
  return env;
}

/** This process's id, which LISTEN_PID is compared with. */
export function processId(): number {
  return process.pid;
}

/**
 * The variable's value; null when it is unset or empty, as `FOO=` in an env file means "not set". One of blanks alone is set,
 * and what it is for says what is wrong with it.
 */
export function readVariable(env: Environment, name: string): string | null {
  const value = env[name];
  return value === undefined || value === '' ? null : value.trim() || value;
}

/** As {@link readVariable}, with every blank. */
export function readVerbatim(env: Environment, name: string): string | null {
  const value = env[name];
  return value === undefined || value === '' ? null : value;
}

/** As curl: the lower-case name first; http_proxy in lower case only, because CGI servers set HTTP_PROXY from a header. */
export function readProxyEnvironment(env: Environment): ProxyEnvironment {
  const first = (...names: readonly string[]) =>
    names.find((name) => (readVariable(env, name)?.trim() ?? '') !== '') ?? null;
  const valueOf = (name: string | null) => (name === null ? null : readVariable(env, name));
  const httpsProxy = first('https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY');
  const httpProxy = first('http_proxy', 'all_proxy', 'ALL_PROXY');
  return {
    httpsProxy: valueOf(httpsProxy),
    httpProxy: valueOf(httpProxy),
    noProxy: valueOf(first('no_proxy', 'NO_PROXY')),
    names: { httpsProxy, httpProxy },
  };
}
