'use strict';
/**
 * The real relay, which ends itself by SIGKILL at a given point of its work.
 *
 * KILL_PLAN   {"point", "count", "delayMs"}: see `points`; the kill comes `delayMs` after the point was passed for the
 *             count-th time, or right there when that is 0.
 * KILL_REPORT a file that gets one JSON object right before the kill: what was begun and not durably settled,
 *             and how slow the store and the event loop were in the last second.
 */
const { openSync, writeSync } = require('node:fs');
const { Lateness } = require('./lateness.cjs');
const { Ledger } = require('./ledger.cjs');
const { fail, startRelay } = require('./relay-from-environment.cjs');
const { watch } = require('./watch.cjs');

/** What they mean stands at `watch`. */
const points = ['append', 'mark', 'answer', 'settle'];

const plan = JSON.parse(process.env.KILL_PLAN);
if (!points.includes(plan.point)) throw new Error(`no kill point: ${plan.point}`);
const report = openSync(process.env.KILL_REPORT, 'w');
const ledger = new Ledger();
const lateness = new Lateness();
let passed = 0;

function pass(point) {
  if (point !== plan.point || ++passed !== plan.count) return;
  if (plan.delayMs > 0) setTimeout(die, plan.delayMs);
  else die();
}

function die() {
  writeSync(report, JSON.stringify({ ...ledger.summary(), lateMs: lateness.worstMs() }));
  process.kill(process.pid, 'SIGKILL');
}

startRelay(watch(ledger, pass)).catch(fail);
