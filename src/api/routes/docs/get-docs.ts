import { z } from 'zod';
import { pageHeaders, pageHtml } from '../../page/page';
import { defineOperation, type Operation } from '../../operation';

export function getDocs(): Operation {
  return defineOperation({
    id: 'getDocs',
    method: 'get',
    path: '/docs',
    tag: 'operation',
    summary: 'The API reference as a page',
    callers: ['anyone'],
    ignoresQuery: true,
    answers: { 200: { description: 'The page.', schema: z.string(), contentType: 'text/html' } },
    example: { answer: '<!doctype html>\n<html lang="en">\n' },
    handle: () =>
      Promise.resolve({
        kind: 'text',
        status: 200,
        contentType: 'text/html; charset=utf-8',
        headers: pageHeaders,
        text: pageHtml,
      }),
  });
}
