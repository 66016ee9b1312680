import { shortText } from '../domain/short-text';

export interface ApiClientOptions {
  /** `http(s)://host[:port][/path]`. Messages name its origin only: a path may be a secret of a proxy. */
  readonly baseUrl: string;
  readonly apiKey: string | null;
  readonly timeoutMs: number;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the base URL, encoded: `/v1/push`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** `problem`: what the relay said against it, or why it could not be asked; text for a person. */
export type ApiResult =
  { readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly problem: string };

/** The REST API of a running relay. */
export class ApiClient {
  constructor(private readonly options: ApiClientOptions) {}

  async request({ method, path, query = {}, headers = {}, body }: ApiRequest): Promise<ApiResult> {
    const { baseUrl, apiKey, timeoutMs } = this.options;
    const url = new URL(baseUrl + path);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, value);
    try {
      const response = await fetch(url, {
        method,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          accept: 'application/json',
          ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return readAnswer(response.status, await response.text(), url.origin);
    } catch (error) {
      return { ok: false, problem: `${url.origin} cannot be reached: ${reasonOf(error, timeoutMs)}` };
    }
  }
}

function readAnswer(status: number, text: string, origin: string): ApiResult {
  const body = parse(text);
  if (status >= 200 && status < 300 && body !== undefined) return { ok: true, body };
  if (status >= 200 && status < 300 && text === '') return { ok: true, body: null };
  if (typeof body !== 'object' || body === null || !('title' in body)) {
    return {
      ok: false,
      problem: `${origin} answered ${String(status)}, not as a relay does; is the URL right?`,
    };
  }
  return { ok: false, problem: problemText(status, body) };
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
  const cause: unknown = error.cause;
  return shortText(
    cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : error.message,
  );
}
