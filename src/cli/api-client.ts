import { createRelayClient, type RelayClient } from '../../clients/node';
import { shortText } from '../domain/short-text';
import { describeError } from '../transport/causes';

export interface ApiClientOptions {
  /** `http(s)://host[:port][/path]`. Messages name its origin only: a path may be a secret of a proxy. */
  readonly baseUrl: string;
  readonly apiKey: string | null;
  readonly timeoutMs: number;
}

/** `problem`: what the relay said against it, or why it could not be asked; text for a person. */
export type ApiResult<T> =
  { readonly ok: true; readonly body: T | null } | { readonly ok: false; readonly problem: string };

/** One call of the generated client, such as `(relay) => relay.POST('/v1/push', { body })`. */
export type ApiCall<T> = (relay: RelayClient) => Promise<{
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}>;

/** The REST API of a running relay. */
export class ApiClient {
  readonly #options: ApiClientOptions;
  readonly #relay: RelayClient;

  constructor(options: ApiClientOptions) {
    this.#options = options;
    const { baseUrl, apiKey, timeoutMs } = options;
    this.#relay = createRelayClient({ baseUrl, apiKey, fetch: (request) => fetchAnswer(request, timeoutMs) });
  }

  async ask<T>(call: ApiCall<T>): Promise<ApiResult<T>> {
    const { baseUrl, timeoutMs } = this.#options;
    const { origin } = new URL(baseUrl);
    try {
      const { data, error, response } = await call(this.#relay);
      if (error === undefined) return { ok: true, body: data ?? null };
      return { ok: false, problem: problemText(response.status, error as ProblemBody) };
    } catch (error) {
      const reason =
        error instanceof StrangeAnswer
          ? `answered ${String(error.status)}, but not as a relay does. Check the URL (--url, RELAY_URL).`
          : `cannot be reached: ${reasonOf(error, timeoutMs)}\n  the address of the relay comes from --url or RELAY_URL. Is the relay running?`;
      return { ok: false, problem: `${origin} ${reason}` };
    }
  }
}

/** Somebody else's: a proxy's page, another server's. */
class StrangeAnswer extends Error {
  constructor(readonly status: number) {
    super(`answered ${String(status)}`);
  }
}

/** The answer, once it is known to be a relay's. */
async function fetchAnswer(request: Request, timeoutMs: number): Promise<Response> {
  const { status, headers, ...answer } = await readAnswer(request, timeoutMs);
  const body = parse(answer.text);
  const isSuccess = status >= 200 && status < 300;
  const isRelays = isSuccess
    ? body !== undefined || answer.text === ''
    : typeof body === 'object' && body !== null && 'title' in body;
  if (!isRelays) throw new StrangeAnswer(status);
  return new Response(answer.text === '' ? null : answer.text, { status, headers });
}

async function readAnswer(request: Request, timeoutMs: number) {
  const response = await fetch(request, { signal: AbortSignal.timeout(timeoutMs) });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

interface ProblemBody {
  readonly title?: unknown;
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly errors?: unknown;
}

function problemText(status: number, { title, code, detail, errors }: ProblemBody): string {
  const fields = Array.isArray(errors) ? (errors as { path?: unknown; message?: unknown }[]) : [];
  const text = typeof detail === 'string' && detail !== '' ? detail : String(title);
  const lines = fields.map(({ path, message }) => `${String(path) || 'body'}: ${String(message)}`);
  return [
    `${String(status)} ${String(code)}: ${text}`,
    // The detail is the first of them already.
    ...lines.filter((line) => line !== text).map((line) => `  ${line}`),
    ...(status === 401 ? ['  an API key comes from RELAY_API_KEY, API_KEYS or --api-key-file'] : []),
  ].join('\n');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return shortText(String(error));
  if (error.name === 'TimeoutError') return `no answer within ${String(timeoutMs / 1000)} s`;
  return describeError(error.cause ?? error);
}
