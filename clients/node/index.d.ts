import type { Client } from 'openapi-fetch';
import type { components, paths } from './openapi';

export type { components, paths };

export interface RelayClientOptions {
  /** `http(s)://host[:port][/path]` of the relay. */
  readonly baseUrl: string;
  /** A server key, or a user's own token. Null: the relay asks for none. */
  readonly apiKey: string | null;
  /** Instead of Node's own. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

export type RelayClient = Client<paths>;

/**
 * A client whose methods are typed by the relay's openapi.json: `client.GET(path, { params })`, and likewise `POST`, `PUT`, `PATCH` and
 * `DELETE`. Each resolves with `{ data, response }`, or with `{ error, response }` where the relay answered a problem; it rejects
 * where the relay cannot be reached. Redirects are not followed.
 */
export function createRelayClient(options: RelayClientOptions): RelayClient;
