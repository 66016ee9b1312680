const swc = [
  '@swc/jest',
  { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
];
const project = (displayName, testMatch) => ({
  displayName,
  testMatch,
  testEnvironment: '<rootDir>/test/helpers/ending-environment.cjs',
  // Every use of a global goes through the sandbox, which costs more than what loops over millions do with it.
  sandboxInjectedGlobals: ['Math', 'Number', 'JSON', 'Object', 'Array'],
  // jose is an ES module only, which jest runs in Node 20 as CommonJS.
  transform: { '^.+\\.ts$': swc, '/node_modules/jose/.+\\.js$': swc },
  // A part that is loaded only where it is needed is named by its compiled file.
  moduleNameMapper: { '^(\\.{1,2}/.+)\\.js$': '$1' },
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
});

/** unit: no I/O. contract: one suite per port. integration: the real process over sockets. long: the same, what takes long. */
module.exports = {
  projects: [
    project('unit', ['<rootDir>/src/**/*.test.ts']),
    project('contract', ['<rootDir>/test/contract/**/*.test.ts']),
    project('integration', ['<rootDir>/test/integration/**/*.test.ts']),
    project('long', ['<rootDir>/test/long/**/*.test.ts']),
  ],
  // Against hanging, and no measure of speed: on a busy machine everything takes several times as long.
  testTimeout: 300_000,
  // Most of a test is waiting for sockets, disks and times; one more than the smallest machines have cores keeps both busy.
  maxWorkers: 3,
  testSequencer: '<rootDir>/test/helpers/slowest-first.cjs',
  reporters: [
    'default',
    '<rootDir>/test/helpers/results-reporter.cjs',
    '<rootDir>/test/helpers/ending-reporter.cjs',
  ],
};
