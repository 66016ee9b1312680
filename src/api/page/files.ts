import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startScript } from './page';

/** What the page is made of, by content type. `npm run build` copies all but the script into dist (scripts/copy-api-page.mjs). */
export const pageFiles = {
  'start.js': 'text/javascript',
  'swagger-ui-bundle.js': 'text/javascript',
  'swagger-ui.css': 'text/css',
  'errors.md': 'text/plain',
  'runbook.md': 'text/plain',
} as const;

export type PageFileName = keyof typeof pageFiles;

/** Those that are there in Chinese, too. */
export const chineseFiles = ['errors.md', 'runbook.md'] as const satisfies PageFileName[];
export type ChineseFileName = (typeof chineseFiles)[number];

/** The same folder seen from `src/api/page` and from `dist/api/page`. */
const folder = join(__dirname, '../../../dist/api/page');

export function readChineseFile(name: ChineseFileName): Promise<string> {
  return readFile(join(folder, 'zh-CN', name), 'utf8');
}

export async function readPageFile(name: PageFileName): Promise<string> {
  return name === 'start.js' ? startScript : await readFile(join(folder, name), 'utf8');
}
