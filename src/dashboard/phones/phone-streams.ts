import type { ServerResponse } from 'node:http';
import type { PhoneScreens } from './phone-screens';

/** Shorter than what proxies wait for a silent answer. */
const heartbeatMs = 20_000;
/** Of a reader that has stopped reading. */
const mostUnsentBytes = 1024 * 1024;

/**
 * The pages that watch phones, as server-sent events.
 *
 * open (pages come and go) → closed (all answers have ended, and a new one ends at once: the relay stops).
 */
export class PhoneStreams {
  readonly #screens: PhoneScreens;
  readonly #open = new Set<ServerResponse>();
  #isClosed = false;

  constructor(screens: PhoneScreens) {
    this.#screens = screens;
  }

  open(response: ServerResponse): void {
    if (this.#isClosed) {
      // Browsers do not come again after it.
      response.writeHead(204).end();
      return;
    }
    // Proxies would hold it back to send more at once.
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    this.#open.add(response);
    const write = (text: string): void => {
      if (response.writableLength > mostUnsentBytes) response.destroy();
      else response.write(text);
    };
    write('retry: 1000\n\n');
    const unwatch = this.#screens.watch((shown) => write(`data: ${JSON.stringify(shown)}\n\n`));
    const heartbeat = setInterval(write, heartbeatMs, ': still here\n\n');
    response.once('close', () => {
      clearInterval(heartbeat);
      unwatch();
      this.#open.delete(response);
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const response of this.#open) response.end();
  }
}
