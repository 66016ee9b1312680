import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { Seeded } from '../fuzz/seeded';
import { apiKey, webhookSecret } from '../helpers/fakes';
import { hasRedisServer, RedisServer } from '../helpers/redis-server';
import { RelayProcess } from '../helpers/relay-process';
import { isAtLeast } from '../helpers/log-level';
import { Bystander, longestWaitMs, toldOf } from './bystander';
import { playCases, PartReport, seedOf, type PartOptions } from './part';
import { hostileRequest, type HostileRequest } from './requests';

/** Side by side. */
const lanes = 4;
const patienceMs = 60_000;
/** Above the relay's memory at its start. */
export const mostMemoryMb = 500;

/** Hostile bodies against every way in, on each store, beside a bystander. */
export async function playBodies(options: PartOptions): Promise<PartReport> {
  const report = new PartReport('bodies', options.seed);
  const stores = hasRedisServer ? (['embedded', 'redis'] as const) : (['embedded'] as const);
  if (!hasRedisServer) report.figures.push('redis-server is not on the PATH: on the embedded store only');
  for (const store of stores)
    await playOn(store, { ...options, seconds: options.seconds / stores.length }, report);
  return report;
}

async function playOn(store: 'embedded' | 'redis', options: PartOptions, report: PartReport): Promise<void> {
  const server = store === 'redis' ? await RedisServer.start() : null;
  const relay = await RelayProcess.start({
    env: {
      PROVIDERS: 'sandbox',
      WEBHOOK_SECRET: webhookSecret,
      API_KEYS: apiKey,
      ...(server === null ? {} : { REDIS_URL: server.url }),
    },
  });
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  try {
    await besideBystander(store, relay, report, () =>
      playCases(options, lanes, async (number) => {
        const hostile = hostileRequest(new Seeded(seedOf(options.seed, number)));
        report.tried(hostile.kind);
        const fault = await faultOf(relay, hostile, agent);
        if (fault !== null) report.fault(number, `${store}: ${hostile.kind}: ${hostile.name}: ${fault}`);
      }),
    );
  } finally {
    agent.destroy();
    await relay.stop();
    await server?.stop();
  }
}

/** Plays beside somebody who must not notice, and within the memory that a relay may take. */
export async function besideBystander(
  what: string,
  relay: RelayProcess,
  report: PartReport,
  play: () => Promise<void>,
): Promise<void> {
  const pid = relay.child.pid ?? 0;
  const idleMb = memoryMb(pid);
  const bystander = await Bystander.start(relay.url, pid);
  let told;
  try {
    await play();
  } finally {
    told = await bystander.stop();
  }
  const peakMb = memoryMb(pid);
  report.figures.push(`${what}: ${toldOf(told)}; peak memory ${peakMb} MB, ${idleMb} MB before`);
  if (relay.child.exitCode !== null || relay.child.signalCode !== null)
    report.fault(null, `${what}: the relay ended`);
  if (told.longestOfRelay.tookMs > longestWaitMs)
    report.fault(
      null,
      `${what}: a bystander waited longer than ${longestWaitMs} ms: ${JSON.stringify(told.longestOfRelay)}`,
    );
  if (told.refused.length > 0)
    report.fault(
      null,
      `${what}: ${told.refused.length} bystanders were refused, the first: ${told.refused[0]}`,
    );
  if (peakMb > idleMb + mostMemoryMb)
    report.fault(null, `${what}: more than ${mostMemoryMb} MB above the ${idleMb} MB before`);
  const errors = relay.log.filter(({ level }) => isAtLeast(level, 'fatal'));
  if (errors.length > 0) report.fault(null, `${what}: it gave up: ${JSON.stringify(errors[0])}`);
}

/** The most that a process has had in memory (VmHWM). */
function memoryMb(pid: number): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Math.round(Number(kilobytes ?? 0) / 1024);
  } catch {
    return 0;
  }
}

async function faultOf(relay: RelayProcess, hostile: HostileRequest, agent: Agent): Promise<string | null> {
  try {
    const { status, type, body } = await answerTo(relay.url, hostile, agent);
    if (!hostile.right.has(status))
      return `${status} instead of ${[...hostile.right].join(' or ')}: ${body.slice(0, 200)}`;
    if (hostile.path.startsWith('/webhook/') && body !== '')
      return `${status} with a body: ${body.slice(0, 200)}`;
    const isProblem = type.startsWith('application/problem+json');
    if (hostile.path.startsWith('/v1') && status >= 400 && !isProblem)
      return `${status} that is no problem: ${type}`;
    return null;
  } catch (error) {
    return String(error);
  }
}

async function answerTo(
  url: string,
  { method, path, headers, body, isChunked }: HostileRequest,
  agent: Agent,
): Promise<{ status: number; type: string; body: string }> {
  const length: Record<string, string | number> = isChunked
    ? { 'transfer-encoding': 'chunked' }
    : { 'content-length': body.length };
  const asked = request(url, {
    method,
    path,
    headers: { ...headers, ...length },
    agent,
    timeout: patienceMs,
  });
  asked.on('timeout', () => asked.destroy(new Error(`no answer within ${patienceMs / 1000} s`)));
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>;
  // An answer may come before the whole of a large body is taken.
  asked.on('error', () => {});
  if (isChunked) {
    for (let from = 0; from < body.length; from += 65_536) asked.write(body.subarray(from, from + 65_536));
    asked.end();
  } else asked.end(body);
  const [response] = await answered;
  const type = response.headers['content-type'] ?? '';
  return { status: response.statusCode ?? 0, type, body: await text(response) };
}
