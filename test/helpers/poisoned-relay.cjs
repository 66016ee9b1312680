'use strict';
/**
 * The real relay, which ends itself by SIGKILL whenever it works on a message of the sender `poison`, as a bug in native
 * code would: nothing is caught, nothing is given back. POISON_AFTER_MS lets others of the same batch begin before.
 */
const { readFileSync } = require('node:fs');
const { loadConfig } = require('../../dist/config/load-config.js');
const { createLogger } = require('../../dist/observability/logger.js');
const { Relay } = require('../../dist/relay.js');

const afterMs = Number(process.env.POISON_AFTER_MS);

function decorateStore(store) {
  const { profiles } = store;
  return {
    ...store,
    profiles: new Proxy(profiles, {
      get(object, name) {
        if (name === 'getUsers') return getUsers;
        const value = object[name];
        return typeof value === 'function' ? value.bind(object) : value;
      },
    }),
  };

  async function getUsers(uids) {
    if (!uids.includes('poison')) return profiles.getUsers(uids);
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), afterMs);
    return new Promise(() => {});
  }
}

async function main() {
  const loaded = loadConfig({
    configPath: process.env.RELAY_CONFIG,
    env: process.env,
    cwd: process.cwd(),
    clock: Date,
    readFile: (path) => readFileSync(path),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const logger = createLogger({ level: 'info' });
  const relay = await Relay.create(loaded.config, { logger, decorateStore });
  const { url } = await relay.start();
  logger.info({ url }, 'the relay is listening');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
