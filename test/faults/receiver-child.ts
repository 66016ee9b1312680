import { closeSync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';

/**
 * A receiver of webhooks in a process of its own: `receiver-child.ts PORT FILE`. Before it answers 200 it writes the body as one
 * line of the file, so that a kill loses no line. Its parent sends it the status of its answers, and it ends with its parent.
 */
const [, , port = '0', file = ''] = process.argv;
const lines = openSync(file, 'a');
let status = 200;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (status === 200) writeSync(lines, `${Buffer.concat(chunks).toString()}\n`);
    response.writeHead(status);
    response.end();
  });
});

server.listen(Number(port), '127.0.0.1', () => process.send?.('listening'));

process.on('message', (wanted: number) => {
  status = wanted;
  process.send?.('done');
});

process.once('disconnect', () => {
  closeSync(lines);
  process.exit(0);
});
