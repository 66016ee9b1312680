import type { HttpClient, HttpRequest, HttpResult } from '../transport/port';

/** `result`: for metrics. `ok` counts an answer. */
export const serviceResults = ['ok', 'late', 'status', 'nonsense', 'unreachable'] as const;
export type ServiceResult = (typeof serviceResults)[number];

/** What a service of the house answered, or why there is no answer. */
export type ServiceReply<T> =
  | { readonly kind: 'answer'; readonly answer: T }
  | { readonly kind: 'none'; readonly result: Exclude<ServiceResult, 'ok'>; readonly reason: string };

/** Never rejects. `read`: null where the body is not what it must be; `expected` says what that is. */
export function askService<T>(
  http: HttpClient,
  request: HttpRequest,
  { read, expected }: { readonly read: (body: string) => T | null; readonly expected: string },
): Promise<ServiceReply<T>> {
  const toReply = (result: HttpResult): ServiceReply<T> => {
    if (result.kind !== 'response') {
      const isLate = /no answer within/.test(result.cause);
      return { kind: 'none', result: isLate ? 'late' : 'unreachable', reason: result.cause };
    }
    const { status, body } = result;
    if (status !== 200) return { kind: 'none', result: 'status', reason: `status ${status}, expected 200` };
    const answer = read(body);
    if (answer === null) return { kind: 'none', result: 'nonsense', reason: `the answer is not ${expected}` };
    return { kind: 'answer', answer };
  };
  return new Promise((resolve) => http.request(request, (result) => resolve(toReply(result))));
}
