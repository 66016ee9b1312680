// Copies what the API page shows into dist/: Swagger UI with its license, and docs/errors.md and docs/runbook.md in both languages.
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'dist/api/page');

function swaggerFolder() {
  try {
    return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  } catch {
    console.error('swagger-ui-dist is not installed, so the API page cannot be built. Run `npm ci` first.');
    process.exit(1);
  }
}

const swagger = swaggerFolder();
mkdirSync(target, { recursive: true });
for (const name of [
  'swagger-ui-bundle.js',
  'swagger-ui.css',
  'swagger-ui-bundle.js.LICENSE.txt',
  'LICENSE',
  'NOTICE',
])
  copyFileSync(join(swagger, name), join(target, name));
mkdirSync(join(target, 'zh-CN'), { recursive: true });
for (const name of ['errors.md', 'runbook.md', 'zh-CN/errors.md', 'zh-CN/runbook.md'])
  copyFileSync(join(root, 'docs', name), join(target, name));
