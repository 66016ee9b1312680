import { z } from 'zod';
import { expandCidrs, normalizeCidrOrName } from '../cidr';
import { key } from '../key';
import type { ListenSockets } from '../read/listen-sockets';
import { flag } from '../leaves/choices';
import { list } from '../leaves/lists';
import { integer, seconds } from '../leaves/numbers';
import { checkedText, host } from '../leaves/texts';

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** A listening socket that the service manager passed, to be used instead of host and port; null: none. */
  readonly descriptor: number | null;
}

export interface ServerConfig extends ListenAddress {
  /** Metrics, readiness and dashboard on a port of their own; null: on the server's. */
  readonly admin: ListenAddress | null;
  /** Of the gRPC webhook of WuKongIM v2, on the same host; 0: any free one. Null: none. */
  readonly grpcPort: number | null;
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
  grpc_port: port().nullable().default(null),
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

export function toServerConfig(section: z.output<typeof serverSchema>, sockets: ListenSockets): ServerConfig {
  const { admin } = section;
  return {
    host: section.host,
    port: section.port,
    descriptor: sockets.server,
    admin:
      admin.port === null
        ? null
        : { host: admin.host ?? section.host, port: admin.port, descriptor: sockets.admin },
    grpcPort: section.grpc_port,
    allowUnauthenticated: section.allow_unauthenticated,
    trustedProxies: expandCidrs(section.trusted_proxies),
    keepAliveTimeoutMs: section.keep_alive_timeout_seconds * 1000,
    drainMs: section.drain_seconds * 1000,
  };
}
