import { z } from 'zod';
import { json } from '../../answer';
import { defineOperation, type Operation } from '../../operation';

/** `describe` is called once, at the first request: the document lists this operation too. */
export function getOpenapi(describe: () => object): Operation {
  let document: object | null = null;
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
    handle: () => Promise.resolve(json(200, (document ??= describe()))),
  });
}
