'use strict';
/** The real relay, started as `serve` starts it, with parts of it watched or replaced. */
const { readFileSync } = require('node:fs');
const { loadConfig } = require('../../dist/config/load-config.js');
const { createLogger } = require('../../dist/observability/logger.js');
const { Relay } = require('../../dist/relay.js');

/** `overrides`: those of `Relay.create`, without the logger. The configuration's file is $RELAY_CONFIG. */
async function startRelay(overrides) {
  const loaded = loadConfig({
    configPath: process.env.RELAY_CONFIG ?? null,
    env: process.env,
    cwd: process.cwd(),
    clock: Date,
    readFile: (path) => readFileSync(path),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const logger = createLogger({ level: 'info' });
  const relay = await Relay.create(loaded.config, { logger, ...overrides });
  const { url } = await relay.start();
  logger.info({ url }, 'the relay is listening');
  return relay;
}

function fail(error) {
  console.error(error);
  process.exit(1);
}

module.exports = { startRelay, fail };
