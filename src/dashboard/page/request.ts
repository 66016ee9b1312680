/** An answer that is an error, with what the relay says about it. */
export class RequestError extends Error {
  override readonly name = 'RequestError';

  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

/** Told when the session has ended. */
let signedOut: () => void = () => {};

export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

/** Calls the relay. Rejects with RequestError, or with the browser's TypeError when there is no answer. */
export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(path, {
    method,
    cache: 'no-store',
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  if (response.ok) return (text === '' ? null : JSON.parse(text)) as T;
  if (response.status === 401 && path !== '/dashboard/session') signedOut();
  const problem = readProblem(text);
  throw new RequestError(response.status, problem.code, problem.detail);
}

/** A proxy in between answers in words of its own. */
function readProblem(text: string): { code: string; detail: string } {
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    return { code: String(code), detail: String(detail) };
  } catch {
    return { code: 'unknown', detail: text.slice(0, 200) };
  }
}

/** A path of the API with its parameters percent-encoded: path`/v1/users/${uid}/devices`. */
export function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.reduce((text, part, at) => `${text}${encodeURIComponent(values[at - 1] ?? '')}${part}`);
}
