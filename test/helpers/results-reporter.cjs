const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join, relative } = require('node:path');

const root = join(__dirname, '../..');
const directory = join(root, 'coverage/results');
const file = join(directory, `${process.version}.json`);

/** Keeps each test file's latest counts, by Node version, for closing-line.cjs. */
module.exports = class ResultsReporter {
  onRunComplete(_contexts, results) {
    mkdirSync(directory, { recursive: true });
    const known = readKnown();
    for (const suite of results.testResults) {
      const { numPassingTests: passed, numFailingTests: failed, numPendingTests: skipped } = suite;
      const broken = suite.testExecError || suite.failureMessage;
      known[relative(root, suite.testFilePath)] = {
        passed,
        failed: broken ? Math.max(1, failed) : failed,
        skipped,
      };
    }
    writeFileSync(file, JSON.stringify(known));
  }
};

function readKnown() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}
