'use strict';
/**
 * The real relay, which tells on SIGWINCH what it has begun and not durably settled, and may end or stop right there.
 *
 * WATCH_DIRECTORY a directory of its own. `order` in it says what SIGWINCH asks for: "N report", "N kill" (SIGKILL),
 *                 "N freeze" (SIGSTOP), or "N kill POINT" (SIGKILL when it next passes this point, see `watch` and
 *                 `watchForwarding`). Before it obeys, `report-N.json` gets the ledger's summary, and the longest
 *                 turns of the event loop.
 */
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Lateness } = require('./lateness.cjs');
const { Ledger } = require('./ledger.cjs');
const { fail, startRelay } = require('./relay-from-environment.cjs');
const { watch } = require('./watch.cjs');
const { watchForwarding } = require('./watch-forwarding.cjs');

const directory = process.env.WATCH_DIRECTORY;
const signals = { kill: 'SIGKILL', freeze: 'SIGSTOP' };
const ledger = new Ledger();
const lateness = new Lateness();
const forwardRepeats = watchForwarding(pass);
/** The order that waits for its point. */
let armed = null;

function hear() {
  const [number, what, point = null] = readFileSync(join(directory, 'order'), 'utf8').split(' ');
  if (point === null) obey(number, what);
  else armed = { number, what, point };
}

function pass(point) {
  if (armed?.point === point) obey(armed.number, armed.what);
}

function obey(number, what) {
  armed = null;
  const draft = join(directory, 'draft');
  const report = {
    ...ledger.summary(),
    forwardRepeats: forwardRepeats(),
    turns: lateness.longestOwn(),
  };
  writeFileSync(draft, JSON.stringify(report));
  renameSync(draft, join(directory, `report-${number}.json`));
  if (signals[what] !== undefined) process.kill(process.pid, signals[what]);
}

async function main() {
  process.on('SIGWINCH', hear);
  const relay = await startRelay(watch(ledger, pass));
  process.once('SIGTERM', () => {
    relay.stop().then(() => process.exit(0), fail);
  });
}

main().catch(fail);
