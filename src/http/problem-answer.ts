import { problem, problemCodes, toProblemBody, type ProblemCode } from '../api/problem';

/** A problem as it goes over the wire, for those who do not answer by the API's routes. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function problemAnswer(code: ProblemCode, detail: string): ProblemAnswer {
  const body = JSON.stringify(toProblemBody(problem(code, detail)));
  return {
    status: problemCodes[code].status,
    headers: {
      'content-type': 'application/problem+json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': 'no-store',
    },
    body,
  };
}
