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

/** Reads each file once, at the first request: they take some 2 MB, and strangers ask for them. */
export class PageFiles {
  readonly #kept = new Map<string, Promise<Buffer>>([
    ['start.js', Promise.resolve(Buffer.from(startScript))],
  ]);

  read(path: PageFileName | `zh-CN/${ChineseFileName}`): Promise<Buffer> {
    const known = this.#kept.get(path);
    if (known !== undefined) return known;
    const reading = readFile(join(folder, path));
    this.#kept.set(path, reading);
    reading.catch(() => this.#kept.delete(path));
    return reading;
  }
}
