import type { ServerResponse } from 'node:http';
import { endAnswer } from '../http/farewell';
import { problemCodes, toProblemBody, type Problem } from './problem';

/** What a handler gives back. */
export type Answer =
  | { readonly kind: 'json'; readonly status: number; readonly body: object }
  | { readonly kind: 'text'; readonly status: number; readonly contentType: string; readonly text: string }
  | { readonly kind: 'empty' }
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
      return write(response, answer.status, answer.contentType, answer.text);
    case 'empty':
      response.statusCode = 204;
      endAnswer(response, '');
      return;
    case 'problem': {
      for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
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

function write(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.statusCode = status;
  response.setHeader('content-type', contentType);
  response.setHeader('content-length', Buffer.byteLength(text));
  endAnswer(response, text);
}

function unreachable(answer: never): never {
  throw new Error(`an answer of no kind: ${JSON.stringify(answer)}`);
}
