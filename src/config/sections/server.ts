import { z } from 'zod';
import { expandCidrs, normalizeCidrOrName } from '../cidr';
import { key } from '../key';
import { checkedText, flag, host, integer, list, seconds } from '../leaves';

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface ServerConfig extends ListenAddress {
  /** Metrics, readiness and dashboard on a port of their own; null: on the server's. */
  readonly admin: ListenAddress | null;
  readonly allowUnauthenticated: boolean;
  /** CIDRs of the proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly keepAliveTimeoutMs: number;
  /** How long stop waits for what is in flight. */
  readonly drainMs: number;
}

const port = () => integer({ min: 0, max: 65_535 });

export const serverSchema = z.strictObject({
  host: key(host().default('127.0.0.1'), { env: 'HOST' }),
  port: key(port().default(8080), { env: 'PORT' }),
  admin: z
    .strictObject({ host: host().nullable().default(null), port: port().nullable().default(null) })
    .prefault({}),
  allow_unauthenticated: flag().default(false),
  trusted_proxies: list(
    checkedText(
      'an IP address, a CIDR like 10.0.0.0/8, or loopback, linklocal, uniquelocal',
      normalizeCidrOrName,
    ),
  ).default([]),
  keep_alive_timeout_seconds: seconds({ min: 1 }).default(120),
  drain_seconds: seconds({ max: 3600 }).default(25),
});

export function toServerConfig(section: z.output<typeof serverSchema>): ServerConfig {
  const { admin } = section;
  return {
    host: section.host,
    port: section.port,
    admin: admin.port === null ? null : { host: admin.host ?? section.host, port: admin.port },
    allowUnauthenticated: section.allow_unauthenticated,
    trustedProxies: expandCidrs(section.trusted_proxies),
    keepAliveTimeoutMs: section.keep_alive_timeout_seconds * 1000,
    drainMs: section.drain_seconds * 1000,
  };
}
