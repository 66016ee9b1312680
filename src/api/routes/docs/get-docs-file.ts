import { z } from 'zod';
import { pageFiles, readPageFile, type PageFileName } from '../../page/files';
import { pageHeaders } from '../../page/page';
import { defineOperation, type Operation } from '../../operation';

/** What the page loads, docs/errors.md, which the `type` of a problem names, and docs/runbook.md, which alerts name. */
export function getDocsFile(): Operation {
  return defineOperation({
    id: 'getDocsFile',
    method: 'get',
    path: '/docs/{file}',
    tag: 'operation',
    summary: 'A file of the API page',
    isHidden: true,
    callers: ['anyone'],
    params: z.strictObject({ file: z.enum(Object.keys(pageFiles) as [PageFileName, ...PageFileName[]]) }),
    ignoresQuery: true,
    answers: { 200: { description: 'The file.', schema: z.string(), contentType: 'text/plain' } },
    problems: [],
    example: { params: { file: 'errors.md' }, answer: '# Errors of the REST API\n' },
    handle: async ({ params: { file } }) => ({
      kind: 'text',
      status: 200,
      contentType: `${pageFiles[file]}; charset=utf-8`,
      headers: { ...pageHeaders, 'cache-control': 'public, max-age=300' },
      text: await readPageFile(file),
    }),
  });
}
