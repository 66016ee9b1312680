import type { Socket } from 'node:net';
import { describeError, oneLine } from './causes';
import { hostAndPort, type Proxy } from './origin';

const MAX_HEAD_BYTES = 16 * 1024;

/**
 * Asks a proxy, on a connected socket, for a tunnel to `host:port` (https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6)
 * and calls `done` once: with null when the tunnel stands, else with the cause.
 */
export function openTunnel(
  socket: Socket,
  proxy: Proxy,
  host: string,
  port: number,
  done: (cause: string | null) => void,
): void {
  const target = hostAndPort(host, port);
  let head = '';
  const end = (cause: string | null): void => {
    socket.off('data', onData).off('error', onError).off('close', onClose);
    done(cause);
  };
  const onError = (error: Error): void => end(`proxy: ${describeError(error)}`);
  const onClose = (): void => end('proxy: closed the connection instead of opening a tunnel');
  const onData = (chunk: Buffer): void => {
    head += chunk.toString('latin1');
    const length = head.indexOf('\r\n\r\n');
    if (length < 0) {
      if (head.length > MAX_HEAD_BYTES) end('proxy: its answer is not HTTP');
      return;
    }
    socket.pause();
    const cause = refusal(head, target);
    end(cause === null && head.length > length + 4 ? 'proxy: sent data before the tunnel was used' : cause);
  };
  socket.on('data', onData).on('error', onError).on('close', onClose);
  const authorization = proxy.authorization === null ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}\r\n`);
}

function refusal(head: string, target: string): string | null {
  const match = /^HTTP\/1\.[01] (\d{3})(?: ([^\r\n]*))?\r?\n/.exec(head);
  if (match === null) return 'proxy: its answer is not HTTP';
  const status = Number(match[1]);
  if (status >= 200 && status <= 299) return null;
  const words = oneLine(`${status} ${match[2] ?? ''}`);
  if (status === 407) return `proxy: asks for other credentials (${words})`;
  return `proxy: refused a tunnel to ${target} (${words})`;
}
