import { bodySignature } from '../shared/request-headers';
import { askService, type ServiceReply } from '../shared/service-reply';
import type { HttpClient } from '../transport/port';
import { readAnswer, type ResolverAnswer } from './answer';

/** 100 readers with dozens of mutes each take some hundred KB. */
const maxAnswerBytes = 1024 * 1024;

export interface ResolverClientOptions {
  /** Path and query, relative to the client's origin. */
  readonly path: string;
  /** Null: requests are not signed. */
  readonly secret: string | null;
  readonly timeoutMs: number;
}

/** One question, one answer, or the reason why there is none. */
export class ResolverClient {
  readonly #http: HttpClient;
  readonly #options: ResolverClientOptions;

  constructor(http: HttpClient, options: ResolverClientOptions) {
    this.#http = http;
    this.#options = options;
  }

  ask(question: object): Promise<ServiceReply<ResolverAnswer>> {
    const { path, secret, timeoutMs } = this.#options;
    const body = JSON.stringify(question);
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(secret === null ? {} : { 'x-signature-256': bodySignature(secret, body) }),
    };
    return askService(
      this.#http,
      { method: 'POST', path, headers, sensitive: [], body, timeoutMs, maxAnswerBytes },
      { read: readAnswer, expected: 'the JSON object that it must be' },
    );
  }
}
