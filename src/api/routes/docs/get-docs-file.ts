import { z } from 'zod';
import { chineseFiles, pageFiles, type PageFileName, type PageFiles } from '../../page/files';
import { pageHeaders } from '../../page/page';
import { defineOperation, type Operation } from '../../operation';

const shared = {
  method: 'get',
  tag: 'operation',
  isHidden: true,
  callers: ['anyone'],
  ignoresQuery: true,
  answers: { 200: { description: 'The file.', schema: z.string(), contentType: 'text/plain' } },
} as const;

/** What the page loads, docs/errors.md, which the `type` of a problem names, and docs/runbook.md, which alerts name. */
export function getDocsFile(files: PageFiles): Operation {
  return defineOperation({
    ...shared,
    id: 'getDocsFile',
    path: '/docs/{file}',
    summary: 'A file of the API page',
    params: z.strictObject({ file: z.enum(Object.keys(pageFiles) as [PageFileName, ...PageFileName[]]) }),
    example: { params: { file: 'errors.md' }, answer: '# Errors of the REST API\n' },
    handle: async ({ params: { file } }) => asText(file, await files.read(file)),
  });
}

/** Where the English pages link it; its own link leads back. */
export function getChineseDocsFile(files: PageFiles): Operation {
  return defineOperation({
    ...shared,
    id: 'getChineseDocsFile',
    path: '/docs/zh-CN/{file}',
    summary: 'A page in Chinese',
    params: z.strictObject({ file: z.enum(chineseFiles) }),
    example: { params: { file: 'errors.md' }, answer: '# REST API 的错误\n' },
    handle: async ({ params: { file } }) =>
      asText(file, await files.read(`zh-CN/${file}`), { 'content-language': 'zh-CN' }),
  });
}

function asText(file: PageFileName, text: Buffer, headers: Readonly<Record<string, string>> = {}) {
  return {
    kind: 'text',
    status: 200,
    contentType: `${pageFiles[file]}; charset=utf-8`,
    headers: { ...pageHeaders, 'cache-control': 'public, max-age=300', ...headers },
    text,
  } as const;
}
