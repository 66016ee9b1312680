const swc = [
  '@swc/jest',
  { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
];
const project = (displayName, testMatch) => ({
  displayName,
  testMatch,
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': swc },
});

/** unit: no I/O. contract: one suite per port. integration: the real process over sockets. */
module.exports = {
  projects: [
    project('unit', ['<rootDir>/src/**/*.test.ts']),
    project('contract', ['<rootDir>/test/contract/**/*.test.ts']),
    project('integration', ['<rootDir>/test/integration/**/*.test.ts']),
  ],
  testTimeout: 30_000,
  // Most of a test is waiting for sockets, disks and times; one more than the smallest machines have cores keeps both busy.
  maxWorkers: 3,
  testSequencer: '<rootDir>/test/helpers/slowest-first.cjs',
  reporters: ['default', '<rootDir>/test/helpers/results-reporter.cjs'],
};
