import { z } from 'zod';
import { chineseFiles, pageFiles, PageFiles, type PageFileName } from '../../page/files';
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

const chineseFile = z.enum(chineseFiles);

/**
 * What the page loads, docs/errors.md, which the `type` of a problem names, and docs/runbook.md, which alerts name. These two are in
 * Chinese for a browser whose first language that is.
 */
export function getDocsFile(): Operation {
  const files = new PageFiles();
  return defineOperation({
    ...shared,
    id: 'getDocsFile',
    path: '/docs/{file}',
    summary: 'A file of the API page',
    params: z.strictObject({ file: z.enum(Object.keys(pageFiles) as [PageFileName, ...PageFileName[]]) }),
    headers: z.looseObject({ 'accept-language': z.string().optional() }),
    example: { params: { file: 'errors.md' }, answer: '# Errors of the REST API\n' },
    handle: async ({ params: { file }, headers }) => {
      const chinese = chineseFile.safeParse(file);
      if (!chinese.success) return asText(file, await files.read(file));
      const isChinese = /^\s*zh\b/i.test(headers['accept-language'] ?? '');
      return asText(file, await (isChinese ? files.readChinese(chinese.data) : files.read(file)), {
        'content-language': isChinese ? 'zh-CN' : 'en',
        vary: 'accept-language',
      });
    },
  });
}

/** Where the English pages link it, whatever the browser's language. */
export function getChineseDocsFile(): Operation {
  const files = new PageFiles();
  return defineOperation({
    ...shared,
    id: 'getChineseDocsFile',
    path: '/docs/zh-CN/{file}',
    summary: 'A page in Chinese',
    params: z.strictObject({ file: chineseFile }),
    example: { params: { file: 'errors.md' }, answer: '# REST API 的错误\n' },
    handle: async ({ params: { file } }) =>
      asText(file, await files.readChinese(file), { 'content-language': 'zh-CN' }),
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
