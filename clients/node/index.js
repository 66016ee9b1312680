'use strict';

const { default: createClient } = require('openapi-fetch');

/** See index.d.ts. */
exports.createRelayClient = function createRelayClient({ baseUrl, apiKey, fetch }) {
  return createClient({
    baseUrl,
    headers: apiKey === undefined || apiKey === null ? {} : { authorization: `Bearer ${apiKey}` },
    redirect: 'manual',
    ...(fetch === undefined ? {} : { fetch }),
  });
};
