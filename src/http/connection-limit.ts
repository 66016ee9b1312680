import { readFileSync } from 'node:fs';

/** Beyond it each connection could bring a first piece of a body, and together they would take the memory. */
const mostConnections = 2_048;
const leastConnections = 16;

/**
 * Connections that a server takes at a time: at most half of the files that the process may open, so that the store and the
 * providers always get theirs. Out of files, the system would reset every new connection, and nothing would tell.
 */
export function connectionLimit(): number {
  const files = openFilesLimit();
  return Math.max(leastConnections, Math.min(mostConnections, Math.floor(files / 2)));
}

function openFilesLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  } catch {
    // Linux alone has this file.
    return Number.POSITIVE_INFINITY;
  }
}
