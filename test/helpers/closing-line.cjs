const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/** Prints the sum of the latest results of every test file, on every version of Node that ran them. */
const directory = join(__dirname, '../../coverage/results');
const byVersion = readdirSync(directory).map((name) =>
  JSON.parse(readFileSync(join(directory, name), 'utf8')),
);

const total = { passed: 0, failed: 0, skipped: 0 };
for (const files of byVersion)
  for (const counts of Object.values(files)) for (const key of Object.keys(total)) total[key] += counts[key];
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
