import { closeSync, fdatasync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The least that a receiver of webhooks does: it takes a body, flushes it to disk and answers. In a process of its own, so
 * that how long it takes says what the machine does to every server at that moment.
 */
const file = openSync(process.argv[2] ?? '', 'a');
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    writeSync(file, 'x'.repeat(512));
    fdatasync(file, () => response.end());
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => {
  server.closeAllConnections();
  server.close(() => closeSync(file));
});
