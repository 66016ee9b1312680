/** One field that is wrong. `path` is dotted, with array indexes in brackets: `uids[3]`, `notification.title`. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/**
 * Every code that the API answers, with its status and title. A code never changes its meaning; docs/errors.md explains
 * each to whoever meets it, and a test holds the two together.
 */
export const problemCodes = {
  invalid_request: { status: 400, title: 'The request is invalid' },
  malformed_json: { status: 400, title: 'The body is not JSON' },
  malformed_path: { status: 400, title: 'The path is not percent-encoded UTF-8' },
  malformed_http: { status: 400, title: 'The request is not HTTP/1.1' },
  unauthenticated: { status: 401, title: 'A valid API key is needed' },
  invalid_user_token: { status: 401, title: 'The user token is not valid' },
  user_token_expired: { status: 401, title: 'The user token has expired' },
  forbidden: { status: 403, title: 'The caller is not allowed to do that' },
  not_local: { status: 403, title: 'Without API keys, only this machine may call' },
  foreign_page: { status: 403, title: 'Only the dashboard itself may use its session' },
  not_found: { status: 404, title: 'The path does not exist' },
  device_not_found: { status: 404, title: 'The device does not exist' },
  message_not_found: { status: 404, title: 'No trace of the message is kept' },
  push_not_found: { status: 404, title: 'No trace of the push is kept' },
  profile_not_found: { status: 404, title: 'No name is stored' },
  method_not_allowed: { status: 405, title: 'The path does not support this method' },
  request_timeout: { status: 408, title: 'The request did not arrive in time' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON in UTF-8' },
  app_not_configured: { status: 422, title: 'The app is not configured' },
  provider_not_configured: { status: 422, title: 'The app has no such provider' },
  environment_not_configured: { status: 422, title: 'The app has no credential for this environment' },
  too_many_mutes: { status: 422, title: 'The user has too many mutes' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key belongs to another request' },
  too_many_idempotency_keys: { status: 429, title: 'Too many new Idempotency-Keys' },
  too_many_wrong_keys: { status: 429, title: 'Too many wrong API keys' },
  headers_too_large: { status: 431, title: 'The request headers are too large' },
  internal: { status: 500, title: 'The relay failed' },
  webhook_refused: { status: 502, title: 'The webhook refused the message' },
  store_unavailable: { status: 503, title: 'The store is unavailable' },
  user_token_keys_unavailable: { status: 503, title: 'User tokens cannot be verified now' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemCode = keyof typeof problemCodes;

/** An expected failure: a value that handlers return. `headers` go onto the answer (Allow, Retry-After). */
export interface Problem {
  readonly kind: 'problem';
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;
}

export function problem(
  code: ProblemCode,
  detail: string,
  more: { readonly errors?: readonly FieldError[]; readonly headers?: Readonly<Record<string, string>> } = {},
): Problem {
  return { kind: 'problem', code, detail, errors: more.errors ?? [], headers: more.headers ?? {} };
}

/** Where the relay serves docs/errors.md, at the section of the code. */
function problemType(code: ProblemCode): string {
  return `/docs/errors.md#${code}`;
}

/** The body of the answer, RFC 9457. `type` is a path of the relay itself: an installation may have no way out. */
export function toProblemBody(of: Problem): Record<string, unknown> {
  const { status, title } = problemCodes[of.code];
  return {
    type: problemType(of.code),
    title,
    status,
    code: of.code,
    detail: of.detail,
    ...(of.errors.length > 0 ? { errors: of.errors } : {}),
  };
}
