'use strict';
/**
 * The real relay, which ends itself by SIGKILL whenever it works on a message of the sender `poison`, as a bug in native
 * code would: nothing is caught, nothing is given back. POISON_AFTER_MS lets others of the same batch begin before.
 */
const { fail, startRelay } = require('./relay-from-environment.cjs');

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

startRelay({ decorateStore }).catch(fail);
