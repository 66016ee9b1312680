import type { Exchange } from '../exchange';

export const noBody: Buffer = Buffer.alloc(0);
const noHeaders: Readonly<Record<string, string>> = {};

/**
 * One stream: what of its request is still to be sent, and what of its answer has come.
 *
 * Sending: `body` has bytes left. Waiting: `status` is 0. Answering: `status` is set, the body comes. Over: in no table any more.
 */
export class LeanStream {
  status = 0;
  headers = noHeaders;
  contentLength = -1;
  /** Informational heads before the answer. */
  preludes = 0;
  /** Of the answer's body. */
  receivedBytes = 0;
  /** Taken off this stream's window, and not given back to the peer yet. */
  consumedBytes = 0;
  /** Of the answer: `receivedBytes` of it are filled. */
  answer: Buffer | null = null;
  body: Buffer = noBody;
  bodyAt = 0;
  /** The next of those that wait for the connection's window; `queued` says whether it is one. */
  next: LeanStream | null = null;
  queued = false;

  constructor(
    readonly id: number,
    readonly exchange: Exchange,
    /** What the peer takes of this stream; below zero after the peer lowered it. */
    public sendWindow: number,
  ) {}

  get isSending(): boolean {
    return this.bodyAt < this.body.length;
  }
}
