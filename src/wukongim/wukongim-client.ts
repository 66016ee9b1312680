/*
 * Open this file first: it calls WuKongIM's own API for connections, and `online-rows.ts` reads the answer. `online-users.ts` asks who is
 * online, for many at once, and tells `wukongim-events.ts`. `server-facts.ts` asks what the server is. `webhook-service.ts` is the gRPC
 * webhook, which WuKongIM v2 calls and which receivers offer.
 */

import { askService, type ServiceReply } from '../shared/service-reply';
import type { HttpClient } from '../transport/port';
import { readOnlineRows, type OnlineRow } from './online-rows';

/** 500 users with uids of 256 bytes and ten connections each take 1.5 MB. */
const maxAnswerBytes = 2 * 1024 * 1024;

export interface WukongimClientOptions {
  /** v2's `managerToken`; null: none is sent. main has no such header, and ignores it. */
  readonly managerToken: string | null;
  /** Connecting included. */
  readonly timeoutMs: number;
}

/** One call each to WuKongIM's own API (port 5001), of v2 and of main. Never rejects. */
export class WukongimClient {
  readonly #http: HttpClient;
  readonly #options: WukongimClientOptions;

  constructor(http: HttpClient, options: WukongimClientOptions) {
    this.#http = http;
    this.#options = options;
  }

  /**
   * The open connections of these users, in the whole cluster. Who has none is not in the answer. `uids` must name somebody: WuKongIM
   * answers an empty list with something else.
   */
  onlineConnections(uids: readonly string[]): Promise<ServiceReply<readonly OnlineRow[]>> {
    return askService(
      this.#http,
      {
        method: 'POST',
        path: '/user/onlinestatus',
        headers: this.#headers(),
        sensitive: [],
        body: JSON.stringify(uids),
        timeoutMs: this.#options.timeoutMs,
        maxAnswerBytes,
      },
      { read: readOnlineRows, expected: "the JSON list of WuKongIM's /user/onlinestatus" },
    );
  }

  #headers(): Record<string, string> {
    const { managerToken } = this.#options;
    return {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(managerToken === null ? {} : { token: managerToken }),
    };
  }
}
