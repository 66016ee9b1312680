import type { Clock } from '../../domain/clock';
import type { JsonObject } from '../../shared/json-object';
import type { HttpClient } from '../../transport/port';
import { foreignAnswer, jsonObject, shown, type SeenAnswer } from '../wire/foreign-answer';
import { tidyReason, type FetchedToken, type TokenSource } from './token-source';

export interface SignedGrant {
  /** To the origin of the token endpoint. */
  readonly client: HttpClient;
  readonly path: string;
  readonly contentType: string;
  /** Signed with the time, which the vendor compares with its own. */
  body(nowMs: number): string;
  /** The answer's fields with the code, 0 where all is well, and its explanation. */
  readonly names: { readonly code: string; readonly message: string };
  tokenOf(fields: JsonObject): unknown;
  readonly lifeSeconds: number;
  /** Codes that the operator has to do something about. */
  readonly misconfigured: readonly string[];
  readonly clock: Clock;
}

const success = '0';
const tokenShape = /^[\x21-\x7e]{1,1024}$/;

/** A vendor's own way to hand out access tokens: a request that is signed with the app's secret, and an answer with a code. */
export function signedGrant(grant: SignedGrant): TokenSource {
  const { client, path, contentType, clock } = grant;
  const headers = { 'content-type': contentType };
  return (timeoutMs) =>
    new Promise((resolve) => {
      const body = grant.body(clock.now());
      client.request({ method: 'POST', path, headers, sensitive: [], body, timeoutMs }, (result) => {
        if (result.kind === 'response') resolve(read(grant, result));
        else resolve(unavailable(result.cause));
      });
    });
}

function read(grant: SignedGrant, answer: SeenAnswer): FetchedToken {
  const fields = jsonObject(answer.body);
  const { code: codeName, message: messageName } = grant.names;
  const written = fields?.[codeName];
  const code = typeof written === 'number' || typeof written === 'string' ? String(written) : null;
  if (fields === null || code === null) return unavailable(foreignAnswer(answer, grant.clock.now()).reason);
  const token = grant.tokenOf(fields);
  if (code === success && typeof token === 'string' && tokenShape.test(token))
    return { kind: 'token', accessToken: token, expiresInSeconds: grant.lifeSeconds };
  const message = fields[messageName];
  const reason = typeof message === 'string' ? `${shown(code, 32)}: ${shown(message, 150)}` : shown(code, 32);
  return grant.misconfigured.includes(code)
    ? { kind: 'misconfigured', reason: tidyReason(reason) }
    : unavailable(reason);
}

function unavailable(reason: string): FetchedToken {
  return { kind: 'unavailable', reason: tidyReason(`token endpoint: ${reason}`), retryAfterMs: null };
}
