import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeConnections } from '../helpers/client';
import { playGolden } from './play';

/** Writes what test/integration/golden.test.ts compares with: look at the difference before you commit it. */
async function main(): Promise<void> {
  for (const name of readdirSync(__dirname).filter((each) => each.endsWith('.json')))
    rmSync(join(__dirname, name));
  let written = 0;
  for await (const [name, file] of playGolden()) {
    writeFileSync(join(__dirname, `${name}.json`), `${JSON.stringify(file, null, 2)}\n`);
    written += 1;
  }
  closeConnections();
  console.log(`${written} files in test/golden`);
}

void main();
