import { once } from 'node:events';
import { createServer } from 'node:net';

/** So many processes of tests at once take no port from each other. It divides 10,000, so that neighbors are of the same one. */
const shares = 8;
/** Which share is ours: Jest numbers its workers from 1. */
const share = Number(process.env['JEST_WORKER_ID'] ?? 0) % shares;
const first = 10_000;
const end = 32_768;
/** A port that was given is given to nobody else, though its server is down for the moment. */
const given = new Set<number>();

/**
 * A port of the loopback interface for a server that starts later, or that goes and comes back. A port that `listen(0)` gives is
 * no use for that: while nobody listens there, the system may hand it to any connection of another test. It never hands out one
 * from below the range of /proc/sys/net/ipv4/ip_local_port_range, which starts at 32768 (macOS: 49152).
 *
 * `neighbor`: the port that many above it is free as well, and also below the range.
 */
export async function freePort(neighbor = 0): Promise<number> {
  for (;;) {
    const port = first + share + shares * Math.floor((Math.random() * (end - first - neighbor)) / shares);
    const ports = neighbor === 0 ? [port] : [port, port + neighbor];
    if (ports.some((each) => given.has(each))) continue;
    for (const each of ports) given.add(each);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return port;
  }
}

/** The ports of a fake APNs that goes down and comes up again: it listens on two. */
export async function apnsPorts(): Promise<{ readonly apnsPort: number; readonly apnsSandboxPort: number }> {
  return { apnsPort: await freePort(), apnsSandboxPort: await freePort() };
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  const listening = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (listening) await new Promise((resolve) => server.close(resolve));
  return listening;
}
