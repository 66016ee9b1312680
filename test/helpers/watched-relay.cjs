'use strict';
/**
 * The real relay, which tells on SIGWINCH what it has begun and not durably settled, and may end or stop right there.
 *
 * WATCH_DIRECTORY a directory of its own. `order` in it says what SIGWINCH asks for: "N report", "N kill" (SIGKILL) or
 *                 "N freeze" (SIGSTOP). Before it obeys, `report-N.json` gets the ledger's summary, and the longest
 *                 turns of the event loop.
 */
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { loadConfig } = require('../../dist/config/load-config.js');
const { createLogger } = require('../../dist/observability/logger.js');
const { Relay } = require('../../dist/relay.js');
const { Lateness } = require('./lateness.cjs');
const { Ledger } = require('./ledger.cjs');
const { watch } = require('./watch.cjs');

const directory = process.env.WATCH_DIRECTORY;
const signals = { kill: 'SIGKILL', freeze: 'SIGSTOP' };
const ledger = new Ledger();
const lateness = new Lateness();

function obey() {
  const [number, what] = readFileSync(join(directory, 'order'), 'utf8').split(' ');
  const draft = join(directory, 'draft');
  writeFileSync(draft, JSON.stringify({ ...ledger.summary(), turns: lateness.longestOwn() }));
  renameSync(draft, join(directory, `report-${number}.json`));
  if (signals[what] !== undefined) process.kill(process.pid, signals[what]);
}

async function main() {
  process.on('SIGWINCH', obey);
  const loaded = loadConfig({
    configPath: null,
    env: process.env,
    cwd: process.cwd(),
    clock: Date,
    readFile: (path) => readFileSync(path),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const logger = createLogger({ level: 'info' });
  const relay = await Relay.create(loaded.config, { logger, ...watch(ledger) });
  const { url } = await relay.start();
  process.once('SIGTERM', () => {
    relay.stop().then(() => process.exit(0), fail);
  });
  logger.info({ url }, 'the relay is listening');
}

function fail(error) {
  console.error(error);
  process.exit(1);
}

main().catch(fail);
