import type { Socket } from 'node:net';

/** What `net` offers only below its public API. */
interface TcpHandle {
  readStop(): number;
  readStart(): number;
}

function handleOf(socket: Socket): TcpHandle | null {
  return (socket as unknown as { readonly _handle: TcpHandle | null })._handle;
}

/** Leaves bytes in the kernel, below TLS too; `pause()` would stop at the TLS layer, which goes on reading. */
export function stopReading(socket: Socket): void {
  handleOf(socket)?.readStop();
}

export function startReading(socket: Socket): void {
  handleOf(socket)?.readStart();
}
