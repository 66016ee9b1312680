const { appendFileSync, mkdirSync } = require('node:fs');
const { join } = require('node:path');

/** Adds each run's counts to a file, so that several runs can be summed up in one line (see closing-line.cjs). */
module.exports = class ResultsReporter {
  onRunComplete(_contexts, results) {
    const directory = join(__dirname, '../../coverage');
    mkdirSync(directory, { recursive: true });
    const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = results;
    appendFileSync(join(directory, 'runs.ndjson'), `${JSON.stringify({ passed, failed, skipped })}\n`);
  }
};
