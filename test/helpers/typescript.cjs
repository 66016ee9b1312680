'use strict';
const { readFileSync } = require('node:fs');
const { transformSync } = require('@swc/core');

/**
 * `node -r ./test/helpers/typescript.cjs file.ts`: runs TypeScript as the tests do, types unchecked, without a build.
 * For runners outside of jest.
 */
require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    swcrc: false,
    sourceMaps: 'inline',
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs', ignoreDynamic: false },
  });
  module._compile(code, filename);
};
