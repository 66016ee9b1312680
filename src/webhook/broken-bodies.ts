import { hash } from 'node:crypto';
import type { DeadLetter } from '../domain/dead-letter';
import type { DeadLetters } from '../store/ports/dead-letters';
import type { WebhookEventLabel } from '../observability/webhook-labels';
import type { WebhookEvents } from '../observability/webhook-events';
import type { DecodeFailure } from './decode/decode-failure';

export interface BrokenRequest {
  readonly requestId: string;
  readonly event: WebhookEventLabel;
  readonly receivedAtMs: number;
  readonly bytes: Buffer;
  readonly failure: DecodeFailure;
}

/** Longer bodies are cut: text at rest is bounded. */
const keptBytes = 64 * 1024;
const mostAtOnce = 32;

interface Waiting {
  readonly request: BrokenRequest;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Keeps bodies that are not what their event must be, for inspection. They are written one batch at a time, with what
 * came meanwhile in the next: however many there are, an event stands behind one batch of them at most.
 */
export class BrokenBodies {
  readonly #waiting: Waiting[] = [];
  #writing = false;
  readonly #deadLetters: Pick<DeadLetters, 'add'>;
  readonly #makeId: () => string;
  readonly #events: Pick<WebhookEvents, 'bodyBroken'>;

  constructor(
    deadLetters: Pick<DeadLetters, 'add'>,
    makeId: () => string,
    events: Pick<WebhookEvents, 'bodyBroken'>,
  ) {
    this.#deadLetters = deadLetters;
    this.#makeId = makeId;
    this.#events = events;
  }

  /** Resolves when kept. Rejects with StoreUnavailableError. */
  async keep(request: BrokenRequest): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (!this.#writing) void this.#write();
    });
    const { requestId, event, bytes, failure } = request;
    this.#events.bodyBroken({
      requestId,
      webhookEvent: event,
      reason: failure.reason,
      path: failure.path,
      expected: failure.expected,
      lengthBytes: bytes.length,
      sha256: hash('sha256', bytes),
    });
  }

  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, mostAtOnce);
      try {
        await this.#deadLetters.add(batch.map(({ request }) => this.#letterOf(request)));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = false;
  }

  #letterOf({ bytes, failure, event, receivedAtMs }: BrokenRequest): DeadLetter {
    return {
      id: this.#makeId(),
      atMs: receivedAtMs,
      source: 'webhook',
      reason: `invalid_${failure.reason}`,
      detail: `${event} ${failure.path === '$' ? 'body' : failure.path}: expected ${failure.expected}`,
      messageId: null,
      route: null,
      receivedAtMs,
      recipients: [],
      // A copy: the slice would keep the whole buffer, and others' bytes in it, alive.
      body: Buffer.from(bytes.subarray(0, keptBytes)),
      bodyTruncated: bytes.length > keptBytes,
    };
  }
}
