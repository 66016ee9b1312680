import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port of the loopback interface for a server that starts later, or that goes and comes back. A port that `listen(0)` gives is
 * no use for that: while nobody listens there, the system may hand it to any connection of another test. It never hands out one
 * from below the range of /proc/sys/net/ipv4/ip_local_port_range, which starts at 32768 (macOS: 49152).
 *
 * `neighbor`: the port that many above it is free as well, and also below the range.
 */
export async function freePort(neighbor = 0): Promise<number> {
  for (;;) {
    const port = 10_001 + Math.floor(Math.random() * (22_766 - neighbor));
    if ((await isFree(port)) && (neighbor === 0 || (await isFree(port + neighbor)))) return port;
  }
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
