import { hash } from 'node:crypto';
import type { DeadLetters } from '../store/ports/dead-letters';
import type { WebhookEventLabel } from '../observability/webhook-labels';
import type { WebhookEvents } from '../observability/webhook-events';
import type { BodyIds } from './body-ids';
import type { DecodeFailure } from './decode-failure';

export interface BrokenRequest {
  readonly requestId: string;
  readonly event: WebhookEventLabel;
  readonly receivedAtMs: number;
  readonly bytes: Buffer;
  readonly failure: DecodeFailure;
}

/** Longer bodies are cut: text at rest is bounded. */
const keptBytes = 64 * 1024;

/** Keeps bodies that are not what their event must be, for inspection. */
export class BrokenBodies {
  constructor(
    private readonly deadLetters: Pick<DeadLetters, 'add'>,
    private readonly ids: BodyIds,
    private readonly events: Pick<WebhookEvents, 'bodyBroken'>,
  ) {}

  /** Resolves when kept. Rejects with StoreUnavailableError. */
  async keep(request: BrokenRequest): Promise<void> {
    const { bytes, failure, receivedAtMs } = request;
    await this.deadLetters.add([
      {
        id: this.ids.next(),
        atMs: receivedAtMs,
        source: 'webhook',
        reason: `invalid_${failure.reason}`,
        detail: `${request.event} ${failure.path}: expected ${failure.expected}`,
        messageId: null,
        route: null,
        receivedAtMs,
        recipients: [],
        // A copy: the slice would keep the whole buffer, and others' bytes in it, alive.
        body: Buffer.from(bytes.subarray(0, keptBytes)),
        bodyTruncated: bytes.length > keptBytes,
      },
    ]);
    this.events.bodyBroken({
      requestId: request.requestId,
      event: request.event,
      reason: failure.reason,
      path: failure.path,
      expected: failure.expected,
      lengthBytes: bytes.length,
      sha256: hash('sha256', bytes),
    });
  }
}
