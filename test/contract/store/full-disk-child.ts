import { strict as assert } from 'node:assert';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../../src/domain/clock';
import { silentLogger } from '../../../src/domain/logger';
import { openEmbeddedStore, type EmbeddedStore } from '../../../src/store/embedded/store';
import { bounds } from './fixture';
import { appendWhenThereIsRoom, fill, settleAll } from './filling';

/** On a small disk of its own; a process of its own, because lmdb prints every transaction that fails. */
const [mode = '', directory = ''] = process.argv.slice(2);
const megabyte = 1024 * 1024;

async function unavailable(store: EmbeddedStore): Promise<boolean> {
  return (await store.health()).some(({ severity }) => severity === 'unavailable');
}

async function fillAndDrain(store: EmbeddedStore): Promise<void> {
  for (let round = 0; round < 4; round++) {
    const taken = await fill(store, round);
    assert.ok(taken.length > 50);
    assert.ok(await unavailable(store));
    assert.deepEqual(await settleAll(store), taken);
    await appendWhenThereIsRoom(store, `after-${round}`);
    assert.deepEqual(await settleAll(store), [`after-${round}`]);
    assert.ok(!(await unavailable(store)));
  }
}

async function healWithoutTraffic(store: EmbeddedStore): Promise<void> {
  await fill(store, 0);
  assert.ok(await unavailable(store));
  await rm(join(directory, 'ballast'));
  assert.ok(!(await unavailable(store)));
}

async function run(): Promise<void> {
  if (mode === 'heal') await writeFile(join(directory, 'ballast'), Buffer.alloc(6 * megabyte));
  const options = {
    directory,
    deadLetters: bounds,
    minFreeDiskShare: 0,
    plentyFreeBytes: 0,
    reserveBytes: megabyte,
  };
  const store = await openEmbeddedStore(options, {
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
  });
  await (mode === 'heal' ? healWithoutTraffic(store) : fillAndDrain(store));
  await store.close();
  process.stdout.write('done\n');
}

run().catch((error: unknown) => {
  process.stdout.write(`failed ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
