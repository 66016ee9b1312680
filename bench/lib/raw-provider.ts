import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { CertifiedKey } from '../../src/sandbox/certificates/certificate';
import { nowMicros, stampOf } from './stamp';
import { answerTemplate, RawPeer } from './raw-peer';

export interface ProviderCounts {
  readonly accepted: number;
  /** Requests that are not answered yet, and the most of them at a time since `reset`. */
  readonly open: number;
  readonly peakOpen: number;
}

/**
 * Fake APNs and FCM that accept every push and look at nothing, at a tenth of what the sandbox costs.
 *
 * Answers go out at once, after `latencyMs`, or, while held, with `release`.
 */
export class RawProvider {
  latencyMs = 0;
  /** Since the last `reset`, of pushes whose text holds a stamp: from the stamp to the push's arrival. */
  readonly latencies: number[] = [];
  takesStamps = false;
  #held = false;
  #accepted = 0;
  #open = 0;
  #peakOpen = 0;
  #waiting: { readonly peer: RawPeer; readonly streamId: number; readonly dueMs: number }[] = [];
  #next = 0;
  #timer: NodeJS.Timeout | null = null;

  get counts(): ProviderCounts {
    return { accepted: this.#accepted, open: this.#open, peakOpen: this.#peakOpen };
  }

  /** Resolves with the base URL. */
  async listen(certificate: CertifiedKey, kind: 'apns' | 'fcm'): Promise<string> {
    const { template, streamIdOffsets } = kind === 'apns' ? apnsAnswer : fcmAnswer;
    const maxStreams = kind === 'apns' ? 1000 : 100;
    const plain = createHttpServer((request, response) => {
      request.resume().on('end', () => {
        this.#accepted += 1;
        response.setHeader('content-type', 'application/json');
        response.end(fcmBody);
      });
    });
    plain.keepAliveTimeout = 120_000;
    const server = createServer(
      { cert: certificate.certPem, key: certificate.keyPem, ALPNProtocols: ['h2', 'http/1.1'] },
      (socket: TLSSocket) => {
        if (socket.alpnProtocol === 'h2')
          new RawPeer(socket, template, streamIdOffsets, maxStreams, (...request) => this.#take(...request));
        else plain.emit('connection', socket);
      },
    );
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#answerDue();
  }

  /** Keeps the counts of what was accepted and is open. */
  reset(): void {
    this.latencies.length = 0;
    this.#peakOpen = this.#open;
  }

  #take(peer: RawPeer, streamId: number, body: Buffer): void {
    if (this.takesStamps) {
      const stamp = stampOf(body);
      if (stamp !== null) this.latencies.push(nowMicros() - stamp);
    }
    if (this.latencyMs === 0 && !this.#held) {
      this.#accepted += 1;
      peer.answer(streamId);
      return;
    }
    this.#open += 1;
    if (this.#open > this.#peakOpen) this.#peakOpen = this.#open;
    this.#waiting.push({ peer, streamId, dueMs: performance.now() + this.latencyMs });
    if (!this.#held) this.#timer ??= setTimeout(this.#answerDue, this.latencyMs);
  }

  readonly #answerDue = (): void => {
    this.#timer = null;
    const now = performance.now();
    const peers = new Set<RawPeer>();
    while (!this.#held) {
      const first = this.#waiting[this.#next];
      if (first === undefined) break;
      if (first.dueMs > now) {
        this.#timer = setTimeout(this.#answerDue, first.dueMs - now);
        break;
      }
      this.#next += 1;
      this.#open -= 1;
      if (first.peer.closed) continue;
      this.#accepted += 1;
      first.peer.answer(first.streamId);
      peers.add(first.peer);
    }
    for (const peer of peers) peer.flush();
    this.#waiting = this.#waiting.slice(this.#next);
    this.#next = 0;
  };
}

/** Of the project that the sandbox's service account names: another project's answer would not count. */
const fcmBody = '{"name":"projects/sandbox-project/messages/0:1795345760000000%0000000000000000"}';
/** A literal that is not indexed: with a new name, and with the static table's 31st (content-type). */
const apnsId = Buffer.concat([Buffer.of(0, 7), Buffer.from('apns-id')]);
const contentType = Buffer.of(0x0f, 0x10);
const apnsAnswer = answerTemplate({ name: apnsId, value: '5e0d2f10-0000-5000-8000-000000000000' }, '');
const fcmAnswer = answerTemplate({ name: contentType, value: 'application/json' }, fcmBody);
