import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { webhookSecret } from '../../test/helpers/fakes';

/** `dueAtMs`: by the monotonic clock. */
interface Due {
  readonly body: Buffer;
  readonly dueAtMs: number;
}

interface Line {
  readonly socket: Socket;
  rest: string;
  dueAtMs: number;
}

/** `count` messages as fast as they are taken; `mayGo` bounds what is on its way and is asked again after `wake`. */
export interface Pressure {
  readonly count: number;
  readonly make: (index: number) => Buffer;
  readonly mayGo: (sent: number) => boolean;
}

export interface Pace {
  readonly perSecond: number;
  readonly seconds: number;
  readonly make: (index: number) => Buffer;
  /** How long an answer took, from when its message was due: a stall of the relay is not left out. */
  readonly onAnswer?: (tookMs: number) => void;
}

/**
 * WuKongIM as a relay sees it: kept connections, one request at a time on each. Written on sockets, because an HTTP
 * client would cost more than the relay.
 *
 * idle → pressing or pacing → idle; closed.
 */
export class WebhookLoad {
  answered = 0;
  readonly #refused = new Map<string, number>();
  readonly #queue: Due[] = [];
  #lines: Line[] = [];
  #idle: Line[] = [];
  #next: () => Due | null = () => null;
  #took: (tookMs: number) => void = () => {};
  #onAnswer: () => void = () => {};
  #broken: (error: Error) => void = () => {};
  #stopPacing: () => void = () => {};
  readonly #head: string;

  private constructor(head: string) {
    this.#head = head;
  }

  static async open(url: string, connections = 64, event = 'msg.offline'): Promise<WebhookLoad> {
    const { hostname, port, host } = new URL(url);
    const load = new WebhookLoad(
      `POST /webhook/${webhookSecret}?event=${event} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: Go-http-client/1.1\r\n` +
        'Content-Type: application/json\r\nAccept-Encoding: gzip\r\nContent-Length: ',
    );
    load.#lines = await Promise.all(
      Array.from({ length: connections }, async () => load.#dial(hostname, Number(port))),
    );
    load.#idle = [...load.#lines];
    return load;
  }

  /** Resolves when all are answered; rejects when one was not answered 200. */
  async press({ count, make, mayGo }: Pressure): Promise<void> {
    let sent = 0;
    const target = this.answered + count;
    this.#next = () =>
      sent < count && mayGo(sent) ? { body: make(sent++), dueAtMs: performance.now() } : null;
    await this.#answers(() => target);
  }

  /** Evenly, whatever the relay does. */
  async pace({ perSecond, seconds, make, onAnswer = () => {} }: Pace): Promise<void> {
    let count = Math.round(perSecond * seconds);
    const answered = this.answered;
    const startedAt = performance.now();
    let made = 0;
    this.#next = () => this.#queue.shift() ?? null;
    this.#took = onAnswer;
    const timer = setInterval(() => {
      const due = Math.min(count, ((performance.now() - startedAt) / 1000) * perSecond);
      while (made < due) {
        const dueAtMs = startedAt + (made / perSecond) * 1000;
        this.#queue.push({ body: make(made++), dueAtMs });
      }
      this.wake();
    }, 1);
    this.#stopPacing = () => {
      count = made;
      this.#onAnswer();
    };
    await this.#answers(() => answered + count).finally(() => clearInterval(timer));
    this.#took = () => {};
  }

  /** What is made is still sent and answered. */
  stopPacing(): void {
    this.#stopPacing();
  }

  /** Lines that had nothing to send look again. */
  wake(): void {
    while (this.#idle.length > 0) {
      const due = this.#next();
      if (due === null) return;
      this.#write(this.#idle.pop()!, due);
    }
  }

  close(): void {
    this.#broken = () => {};
    for (const { socket } of this.#lines) socket.destroy();
  }

  async #answers(target: () => number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#broken = reject;
      this.#onAnswer = () => {
        if (this.answered >= target()) resolve();
      };
      this.wake();
    });
    this.#next = () => null;
    if (this.#refused.size > 0) throw new Error(`answers: ${JSON.stringify([...this.#refused])}`);
  }

  async #dial(host: string, port: number): Promise<Line> {
    const socket = connect({ host, port, noDelay: true });
    const line: Line = { socket, rest: '', dueAtMs: 0 };
    socket.on('data', (chunk: Buffer) => this.#read(line, chunk));
    socket.on('error', (error) => this.#broken(error));
    socket.on('close', () => {
      // One that was not used for a minute may go, like any client's.
      if (this.#idle.includes(line)) this.#idle = this.#idle.filter((other) => other !== line);
      else this.#broken(new Error('the relay closed a connection'));
    });
    await once(socket, 'connect');
    return line;
  }

  #write(line: Line, { body, dueAtMs }: Due): void {
    const { socket } = line;
    line.dueAtMs = dueAtMs;
    socket.cork();
    socket.write(`${this.#head}${body.length}\r\n\r\n`, 'latin1');
    socket.write(body);
    socket.uncork();
  }

  #read(line: Line, chunk: Buffer): void {
    const text = line.rest === '' ? chunk.toString('latin1') : line.rest + chunk.toString('latin1');
    if (!text.endsWith('\r\n\r\n')) {
      line.rest = text;
      return;
    }
    line.rest = '';
    this.answered += 1;
    this.#took(performance.now() - line.dueAtMs);
    const status = text.slice(9, 12);
    if (status !== '200') this.#refused.set(status, (this.#refused.get(status) ?? 0) + 1);
    const due = this.#next();
    if (due === null) this.#idle.push(line);
    else this.#write(line, due);
    this.#onAnswer();
  }
}
