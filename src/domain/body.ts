import type { Message } from './message';

/** A push of the app server's own (POST /v1/push), as the inbox keeps it. */
export interface DirectPush {
  /** The id that the API answered. */
  readonly id: string;
  readonly app: string | null;
  readonly title: string | null;
  readonly body: string | null;
  readonly data: Readonly<Record<string, string>>;
  readonly imageUrl: string | null;
  /** Null: the default one; empty: none. */
  readonly sound: string | null;
  readonly collapseId: string | null;
  readonly ttlSeconds: number | null;
  readonly priority: 'high' | 'normal';
  readonly silent: boolean;
}

/**
 * What an inbox body holds. `replay`: the event comes back from the dead letters, so the duplicate check is skipped;
 * `only` limits it to those devices (null: all devices of the entry's recipients).
 */
export type WorkBody = (
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'push'; readonly push: DirectPush }
) & { readonly replay?: ReplayScope };

export interface ReplayScope {
  readonly deadLetterId: string;
  readonly only: readonly { readonly uid: string; readonly deviceId: string }[] | null;
}

export function encodeBody(body: WorkBody): Buffer {
  return Buffer.from(JSON.stringify(body));
}

/** Throws SyntaxError on bytes that no version of the relay wrote. */
export function decodeBody(bytes: Buffer): WorkBody {
  const body = JSON.parse(bytes.toString('utf8')) as WorkBody;
  if (body.kind !== 'message' && body.kind !== 'push') throw new SyntaxError('not an inbox body');
  return body;
}
