import { z } from 'zod';
import type { Answer } from '../../api/answer';
import { defineOperation, type Operation } from '../../api/operation';
import { problem } from '../../api/problem';
import type { PageFiles } from '../page-files';
import { undocumented } from '../undocumented';

export function getPage(files: PageFiles): Operation {
  return defineOperation({
    ...pageOperation,
    id: 'getDashboard',
    path: '/',
    handle: () => Promise.resolve(fileAnswer(files, 'index.html')),
  });
}

export function getPageFile(files: PageFiles): Operation {
  return defineOperation({
    ...pageOperation,
    id: 'getDashboardFile',
    path: '/dashboard/{file}',
    params: z.strictObject({ file: z.string() }),
    handle: ({ params }) => Promise.resolve(fileAnswer(files, params.file)),
  });
}

const pageOperation = {
  ...undocumented,
  method: 'get',
  summary: 'The page, before and after the login',
  callers: ['anyone'],
  ignoresQuery: true,
} as const;

function fileAnswer(files: PageFiles, name: string): Answer {
  const file = files.read(name);
  if (file === null) return problem('not_found', 'The page of the dashboard has no such file.');
  return { kind: 'text', status: 200, ...file };
}
