const { readFileSync } = require('node:fs');
const { join } = require('node:path');

/** Prints the sum of the test runs in this clone. */
const lines = readFileSync(join(__dirname, '../../coverage/runs.ndjson'), 'utf8').trim().split('\n');
const total = { passed: 0, failed: 0, skipped: 0 };
for (const line of lines) {
  const run = JSON.parse(line);
  for (const key of Object.keys(total)) total[key] += run[key];
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
