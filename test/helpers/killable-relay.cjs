'use strict';
/**
 * The real relay, which ends itself by SIGKILL at a given point of its work.
 *
 * KILL_PLAN   {"point", "count", "delayMs"}: see `points`; the kill comes `delayMs` after the point was passed for the
 *             count-th time, or right there when that is 0.
 * KILL_REPORT a file that gets one JSON object right before the kill: what was begun and not durably settled.
 */
const { openSync, readFileSync, writeSync } = require('node:fs');
const { loadConfig } = require('../../dist/config/load-config.js');
const { createLogger } = require('../../dist/observability/logger.js');
const { Relay } = require('../../dist/relay.js');
const { Ledger } = require('./ledger.cjs');

/**
 * append: an event is durable, its 200 is not written yet.
 * mark:   the duplicate marks of an entry are durable, none of its deliveries was sent yet.
 * answer: a provider has answered, and nobody has heard of it yet.
 * settle: the end of an entry was handed to the store, which has not said yet that it is durable.
 */
const points = ['append', 'mark', 'answer', 'settle'];

const plan = JSON.parse(process.env.KILL_PLAN);
if (!points.includes(plan.point)) throw new Error(`no kill point: ${plan.point}`);
const report = openSync(process.env.KILL_REPORT, 'w');
const ledger = new Ledger();
let passed = 0;

function pass(point) {
  if (point !== plan.point || ++passed !== plan.count) return;
  if (plan.delayMs > 0) setTimeout(die, plan.delayMs);
  else die();
}

function die() {
  writeSync(report, JSON.stringify(ledger.summary()));
  process.kill(process.pid, 'SIGKILL');
}

/** `target` with some of its methods replaced; the others keep their `this`. */
function override(target, methods) {
  return new Proxy(target, {
    get(object, name) {
      const value = methods[name] ?? object[name];
      return typeof value === 'function' ? value.bind(object) : value;
    },
  });
}

function decorateStore(store) {
  const { inbox, duplicateMarks, retries } = store;
  return {
    ...store,
    inbox: override(inbox, {
      async append(event) {
        await inbox.append(event);
        pass('append');
      },
      async claim(...args) {
        const entries = await inbox.claim(...args);
        for (const entry of entries) ledger.claimed(entry);
        return entries;
      },
      async renew(claims) {
        const lost = await inbox.renew(claims);
        ledger.renewed(claims, lost);
        return lost;
      },
      async settle(settlements) {
        const settled = inbox.settle(settlements);
        pass('settle');
        await settled;
        for (const { id } of settlements) ledger.entrySettled(id);
      },
    }),
    duplicateMarks: override(duplicateMarks, {
      async claim(requests, entryId, ttlMs) {
        const mine = await duplicateMarks.claim(requests, entryId, ttlMs);
        ledger.marked(requests, mine, entryId);
        pass('mark');
        return mine;
      },
    }),
    retries: override(retries, {
      async claimDue(...args) {
        const claimed = await retries.claimDue(...args);
        for (const { pending } of claimed) ledger.leased(pending.id);
        return claimed;
      },
      async settle(settlements) {
        await retries.settle(settlements);
        for (const { pending } of settlements) ledger.retrySettled(pending.id);
      },
    }),
  };
}

function decorateProvider(provider) {
  return override(provider, {
    send(notification, deliveries, settle) {
      for (const delivery of deliveries) ledger.begun(delivery, notification.conversation.messageId);
      provider.send(notification, deliveries, (delivery, outcome) => {
        ledger.answered(delivery.id);
        pass('answer');
        settle(delivery, outcome);
      });
    },
  });
}

async function main() {
  const loaded = loadConfig({
    configPath: null,
    env: process.env,
    cwd: process.cwd(),
    clock: Date,
    readFile: (path) => readFileSync(path),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const logger = createLogger({ level: 'info' });
  const relay = await Relay.create(loaded.config, { logger, decorateStore, decorateProvider });
  const { url } = await relay.start();
  logger.info({ url }, 'the relay is listening');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
