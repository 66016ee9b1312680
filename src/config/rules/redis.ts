import type { ConfigProblem, ConfigWarning } from '../problem';
import type { RedisServer } from '../redis-url';
import { readRedisServer } from '../redis-url';
import type { Secret } from '../secret';
import { Fault } from '../leaves/leaf';
import type { Findings, RuleInput } from './rule';

/** The URLs of Redis together: one server, the nodes of one cluster, or the sentinels of one master. */
export function checkRedis({ input, sections }: RuleInput): Findings {
  const { redis } = sections;
  const problems: ConfigProblem[] = [];
  const warnings: ConfigWarning[] = [];
  const problem = (name: string, message: string): void => {
    const path = ['redis', name];
    problems.push({ key: path.join('.'), source: input.sourceOf(path), message });
  };
  const hasSentinels = input.has(['redis', 'sentinels']);
  const hasName = input.has(['redis', 'sentinel_name']);
  if (hasSentinels && !hasName) problem('sentinel_name', 'is required, because redis.sentinels is set');
  if (hasName && !hasSentinels) problem('sentinels', 'is required, because redis.sentinel_name is set');
  if (redis === undefined) return { problems, warnings };
  const servers = serversOf(redis.url);
  const sentinels = serversOf(redis.sentinels);
  if (hasSentinels && servers.length > 1)
    problem(
      'url',
      'expected one URL, because redis.sentinels names the servers; it gives user, password, database and TLS',
    );
  if (!hasSentinels && servers.length > 1) {
    if (servers.some(({ database }) => (database ?? 0) !== 0))
      problem(
        'url',
        'several URLs mean a cluster, which has database 0 only; leave the database out, or name one server',
      );
    if (!haveOneAccess(servers))
      problem(
        'url',
        'several URLs mean a cluster, whose nodes share one user, one password and TLS; write the same in each URL',
      );
    if (new Set(servers.map(addressOf)).size === 1) {
      const message =
        'the same server twice: that means a cluster of which one address is known. Write the URL once for a single server';
      warnings.push({ key: 'redis.url', message });
    }
  }
  if (sentinels.some(({ database }) => database !== null))
    problem('sentinels', 'a sentinel has no database; redis.url gives that of the master');
  if (!haveOneAccess(sentinels))
    problem(
      'sentinels',
      'expected one user, one password and one use of TLS for all sentinels; write the same in each URL',
    );
  return { problems, warnings };
}

function serversOf(urls: readonly Secret[]): readonly RedisServer[] {
  return urls.flatMap((url) => {
    const server = readRedisServer(url.reveal());
    return server instanceof Fault ? [] : [server];
  });
}

function addressOf({ host, port }: RedisServer): string {
  return `${host.toLowerCase()}:${String(port)}`;
}

function haveOneAccess(servers: readonly RedisServer[]): boolean {
  return (
    new Set(servers.map(({ user, password, isTls }) => JSON.stringify([user, password, isTls]))).size <= 1
  );
}
