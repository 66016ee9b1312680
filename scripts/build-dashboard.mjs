// Builds the page of the dashboard (src/dashboard/page) into dist/dashboard/page. `npm run build` and build-when-stale.mjs run
// it; it takes a fifth of a second. Without the bundler the relay is built without its page, but not where that would go
// unseen: under CI=true, and with --required.
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const from = fileURLToPath(new URL('../src/dashboard/page/', import.meta.url));
const to = fileURLToPath(new URL('../dist/dashboard/page/', import.meta.url));

async function bundler() {
  try {
    return await import('esbuild');
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error('esbuild is not installed, so the page of the dashboard is not built. To build it: npm ci');
    process.exit(process.argv.includes('--required') || process.env.CI === 'true' ? 1 : 0);
  }
}

const { build } = await bundler();
await build({
  entryPoints: [
    { in: `${from}main.tsx`, out: 'page' },
    { in: `${from}page.css`, out: 'page' },
  ],
  outdir: to,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  tsconfig: `${from}tsconfig.json`,
  // The licenses of what is bundled stay in the files.
  legalComments: 'eof',
  logLevel: 'warning',
});
for (const name of ['index.html', 'icon.svg']) cpSync(`${from}${name}`, `${to}${name}`);
