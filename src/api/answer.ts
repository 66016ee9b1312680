import type { ServerResponse } from 'node:http';
import { endAnswer } from '../http/farewell';
import { problemCodes, toProblemBody, type Problem } from './problem';

type AnswerHeaders = Readonly<Record<string, string>>;

/** What a handler gives back. */
export type Answer =
  | { readonly kind: 'json'; readonly status: number; readonly body: object }
  | {
      readonly kind: 'text';
      readonly status: number;
      readonly contentType: string;
      /** Bytes where many answers share them: whoever asks again and again, and reads nothing, has no copy of his own. */
      readonly text: string | Buffer;
      readonly headers?: AnswerHeaders;
    }
  | { readonly kind: 'empty'; readonly headers?: AnswerHeaders }
  /** It goes on after the handler has ended: `open` writes the head and keeps the response. */
  | { readonly kind: 'stream'; readonly open: (response: ServerResponse) => void }
  | Problem;

export function json(status: number, body: object): Answer {
  return { kind: 'json', status, body };
}

export const noContent: Answer = { kind: 'empty' };

export function writeAnswer(response: ServerResponse, answer: Answer): void {
  switch (answer.kind) {
    case 'json':
      return write(response, answer.status, 'application/json; charset=utf-8', JSON.stringify(answer.body));
    case 'text':
      setHeaders(response, answer.headers);
      return write(response, answer.status, answer.contentType, answer.text);
    case 'empty':
      setHeaders(response, answer.headers);
      response.statusCode = 204;
      endAnswer(response, '');
      return;
    case 'stream':
      return answer.open(response);
    case 'problem': {
      setHeaders(response, answer.headers);
      const body = JSON.stringify(toProblemBody(answer));
      return write(
        response,
        problemCodes[answer.code].status,
        'application/problem+json; charset=utf-8',
        body,
      );
    }
    default:
      return unreachable(answer);
  }
}

function setHeaders(response: ServerResponse, headers: AnswerHeaders = {}): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

function write(response: ServerResponse, status: number, contentType: string, text: string | Buffer): void {
  response.statusCode = status;
  response.setHeader('content-type', contentType);
  response.setHeader('content-length', Buffer.byteLength(text));
  endAnswer(response, text);
}

function unreachable(answer: never): never {
  throw new Error(`an answer of no kind: ${JSON.stringify(answer)}`);
}
