import { z } from 'zod';
import { defineOperation, type Operation } from '../../operation';

/** `describe` is called once, at the first request: the document lists this operation too. */
export function getOpenapi(describe: () => object): Operation {
  let document: Buffer | null = null;
  return defineOperation({
    id: 'getOpenapi',
    method: 'get',
    path: '/openapi.json',
    tag: 'operation',
    summary: 'This document',
    callers: ['anyone'],
    ignoresQuery: true,
    answers: { 200: { description: 'OpenAPI 3.1.', schema: z.looseObject({ openapi: z.string() }) } },
    example: { answer: { openapi: '3.1.0' } },
    handle: () => {
      document ??= Buffer.from(JSON.stringify(describe()));
      const contentType = 'application/json; charset=utf-8';
      return Promise.resolve({ kind: 'text', status: 200, contentType, text: document });
    },
  });
}
