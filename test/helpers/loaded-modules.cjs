'use strict';

// For `node --require`: a process that ends writes which of OpenTelemetry's packages it has loaded, as a line of its log.
const { writeSync } = require('node:fs');

process.on('exit', () => {
  const names = Object.keys(require.cache).map((file) => /@opentelemetry[\\/]([\w-]+)/.exec(file)?.[1]);
  const loaded = [...new Set(names.filter((name) => name !== undefined))].sort();
  writeSync(1, `${JSON.stringify({ openTelemetry: loaded })}\n`);
});
