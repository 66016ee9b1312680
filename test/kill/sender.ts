import { postEvent } from '../helpers/client';
import type { TestMessage } from './traffic';

/**
 * Sends messages over many sockets at once and knows exactly which were answered 200.
 *
 * A message is waiting → sent (its answer is outstanding) → answered, refused (another status), or unanswered (the
 * connection broke before an answer: nobody knows whether it was taken).
 */
export class Sender {
  readonly answered = new Set<TestMessage>();
  readonly refused: string[] = [];
  #unanswered: TestMessage[] = [];
  #waiting: TestMessage[];

  constructor(messages: readonly TestMessage[]) {
    this.#waiting = [...messages].reverse();
  }

  get unanswered(): number {
    return this.#unanswered.length;
  }

  /** Resolves when all are sent and answered, or the relay is gone. */
  async run(url: string): Promise<void> {
    await Promise.all(Array.from({ length: atOnce }, () => this.#loop(url)));
  }

  /** As WuKongIM's main branch does with what was not answered; v2 does not. */
  sendUnansweredAgain(): void {
    this.#waiting.push(...this.#unanswered.reverse());
    this.#unanswered = [];
  }

  async #loop(url: string): Promise<void> {
    for (;;) {
      const message = this.#waiting.pop();
      if (message === undefined) return;
      try {
        const { status } = await postEvent(url, 'msg.offline', message.body);
        if (status === 200) this.answered.add(message);
        else this.refused.push(`${message.messageId}: ${status}`);
      } catch {
        this.#unanswered.push(message);
        return;
      }
    }
  }
}

const atOnce = 48;
