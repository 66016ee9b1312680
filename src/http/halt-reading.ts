/**
 * Nothing more is read of the connection, which is about to be closed. Pausing a socket leaves what is in its packet to
 * Node's parser, and takes tens of milliseconds where that is thousands of chunks or requests; only the parser itself,
 * which Node does not document, stops between two of them. Where there is none, it takes that long.
 */
export function haltReading(socket: { pause(): unknown }): void {
  socket.pause();
  const { parser } = socket as { readonly parser?: { pause?(): void } | null };
  parser?.pause?.();
}
