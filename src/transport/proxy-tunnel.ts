import type { Socket } from 'node:net';
import { oneLine } from './causes';
import { hostAndPort, type Origin, type Proxy } from './origin';

const maxHeadBytes = 16 * 1024;

/**
 * Asks a proxy, on a connected socket, for a tunnel to the origin (https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6)
 * and calls `done` once: with null when the tunnel stands, else with the cause. The caller minds the
 * socket's own failures.
 */
export function openTunnel(
  socket: Socket,
  proxy: Proxy,
  origin: Origin,
  done: (cause: string | null) => void,
): void {
  const target = hostAndPort(origin.host, origin.port);
  let head = '';
  const end = (cause: string | null): void => {
    socket.off('data', onData);
    done(cause);
  };
  const onData = (chunk: Buffer): void => {
    head += chunk.toString('latin1');
    const length = head.indexOf('\r\n\r\n');
    if (length < 0) {
      if (head.length > maxHeadBytes) end('its answer is not HTTP');
      return;
    }
    socket.pause();
    const cause = refusal(head, target);
    end(cause === null && head.length > length + 4 ? 'sent data before the tunnel was used' : cause);
  };
  socket.on('data', onData);
  const authorization = proxy.authorization === null ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}\r\n`);
}

function refusal(head: string, target: string): string | null {
  const match = /^HTTP\/1\.[01] (\d{3})(?: ([^\r\n]*))?\r?\n/.exec(head);
  if (match === null) return 'its answer is not HTTP';
  const status = Number(match[1]);
  if (status >= 200 && status <= 299) return null;
  const words = oneLine(`${status} ${match[2] ?? ''}`);
  if (status === 407) return `asks for other credentials (${words})`;
  return `refused a tunnel to ${target} (${words})`;
}
