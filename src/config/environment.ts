import type { ProxyEnvironment } from './proxy';

/**
 * Environment variables. This file is the one place that touches the process's own; systemd's LISTEN_FDS and LISTEN_PID
 * (socket activation) belong here too.
 */
export type Environment = Readonly<Record<string, string | undefined>>;

export function processEnvironment(): Environment {
  return process.env;
}

/** The variable's value; null when it is unset or empty, as `FOO=` in an env file means "not set". */
export function readVariable(env: Environment, name: string): string | null {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? null : value;
}

/** As curl: the lower-case name first; http_proxy in lower case only, because CGI servers set HTTP_PROXY from a header. */
export function readProxyEnvironment(env: Environment): ProxyEnvironment {
  const first = (...names: readonly string[]) =>
    names.map((name) => readVariable(env, name)).find((value) => value !== null) ?? null;
  return {
    httpsProxy: first('https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'),
    httpProxy: first('http_proxy', 'all_proxy', 'ALL_PROXY'),
    noProxy: first('no_proxy', 'NO_PROXY'),
  };
}
