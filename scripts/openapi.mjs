// Writes openapi.json as the relay serves it, and from it the types of clients/node: `npm run openapi`, after each change of the
// API. With `--check URL` it only reports whether they are what the relay at URL serves.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import openapiTypescript, { astToString, COMMENT_HEADER } from 'openapi-typescript';

const root = fileURLToPath(new URL('..', import.meta.url));

async function fetchDocument(url) {
  const answer = await fetch(`${url}/openapi.json`, { headers: { connection: 'close' } });
  return await answer.json();
}

/** A relay of its own, with nothing configured. */
async function documentOfBuild() {
  const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
  const env = { PATH: process.env.PATH, PORT: '0', DATA_DIR: folder };
  const relay = spawn(process.execPath, [join(root, 'dist/main.js'), 'serve'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    for await (const line of createInterface({ input: relay.stdout })) {
      const { url } = JSON.parse(line);
      if (url !== undefined) return await fetchDocument(url);
    }
    throw new Error('the relay did not start');
  } finally {
    relay.kill('SIGTERM');
    await new Promise((resolve) => relay.once('exit', resolve));
    rmSync(folder, { recursive: true, force: true });
  }
}

function read(name) {
  try {
    return readFileSync(join(root, name), 'utf8');
  } catch {
    return '';
  }
}

const [mode, url] = process.argv.slice(2);
const document = mode === '--check' ? await fetchDocument(url) : await documentOfBuild();
const files = {
  'openapi.json': `${JSON.stringify(document, null, 2)}\n`,
  'clients/node/openapi.d.ts':
    COMMENT_HEADER +
    astToString(await openapiTypescript(structuredClone(document), { defaultNonNullable: false })),
};
const stale = Object.keys(files).filter((name) => read(name) !== files[name]);
if (mode !== '--check') {
  for (const name of stale) writeFileSync(join(root, name), files[name]);
  console.log(stale.length === 0 ? 'up to date' : `written: ${stale.join(', ')}`);
} else if (stale.length > 0) {
  console.error(`not what the relay serves: ${stale.join(', ')}. Run: npm run openapi`);
  process.exitCode = 1;
}
