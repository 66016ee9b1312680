import { z } from 'zod';
import { key } from '../key';
import { Fault } from '../leaves/leaf';
import { list } from '../leaves/lists';
import { milliseconds } from '../leaves/numbers';
import { checkedText, text } from '../leaves/texts';
import { readRedisServer, redisSecret } from '../redis-url';
import type { Secret } from '../secret';

/** How Redis is reached. URLs may hold a user and a password. */
export type RedisTopology =
  | { readonly kind: 'single'; readonly url: Secret }
  | { readonly kind: 'cluster'; readonly urls: readonly Secret[] }
  | {
      readonly kind: 'sentinel';
      /** `redis://` or `rediss://` of the sentinels themselves, with their own user and password. */
      readonly sentinels: readonly Secret[];
      readonly name: string;
      /** Database, user, password and TLS of the data nodes, in the form of a URL whose host is not used; null: none. */
      readonly url: Secret | null;
    };

export interface RedisConfig {
  readonly topology: RedisTopology;
  readonly prefix: string;
  /** How long an append waits for a replica. */
  readonly waitMs: number;
}

export type StoreConfig = { readonly kind: 'embedded' } | ({ readonly kind: 'redis' } & RedisConfig);

/** The URL as {@link readRedisServer} understood it: what is accepted here is what the store reads. */
export const redisUrl = () =>
  checkedText('a URL redis://[user:password@]host[:port][/database] or rediss://…', (value) => {
    const server = readRedisServer(value);
    return server instanceof Fault ? server : redisSecret(server);
  });

const sentinel = () =>
  checkedText('host:port of a sentinel, or a URL redis://… or rediss://…', (value) => {
    const server = readRedisServer(value.includes('://') ? value : `redis://${value}`, 26_379);
    return server instanceof Fault ? server : redisSecret(server);
  });

export const redisSchema = z.strictObject({
  url: key(list(redisUrl()).default([]), { env: 'REDIS_URL', secret: true }),
  sentinels: key(list(sentinel()).default([]), { secret: true }),
  sentinel_name: text('the name of the monitored master', /^\S+$/).nullable().default(null),
  prefix: key(
    checkedText('1 to 64 printable characters without spaces and braces', (value) =>
      /^[^\s{}\p{Cc}]{1,64}$/u.test(value) ? value : null,
    ).default('wpr:'),
    {
      env: 'REDIS_PREFIX',
    },
  ),
  wait_ms: milliseconds({ max: 60_000 }).default(100),
});

export type RedisSection = z.output<typeof redisSchema>;

export function toStoreConfig(section: RedisSection): StoreConfig {
  const topology = toTopology(section);
  return topology === null
    ? { kind: 'embedded' }
    : { kind: 'redis', topology, prefix: section.prefix, waitMs: section.wait_ms };
}

function toTopology({ url: urls, sentinels, sentinel_name: name }: RedisSection): RedisTopology | null {
  const [first = null] = urls;
  if (sentinels.length > 0 && name !== null) return { kind: 'sentinel', sentinels, name, url: first };
  if (urls.length > 1) return { kind: 'cluster', urls };
  return first === null ? null : { kind: 'single', url: first };
}
