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
  // Most of a test is waiting for sockets and disks.
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/test/helpers/results-reporter.cjs'],
};
