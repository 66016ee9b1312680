const { join } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/** What takes longest on a quiet machine, in that order; some name a suite only, so that their size says nothing. */
const slowest = [
  'long/clocks',
  'long/silent-provider',
  'long/dashboard-page',
  'long/poison',
  'long/lifecycle',
  'long/lean-http2-peers',
  'long/waiting-deliveries',
  'long/delivery-faults',
  'long/crash',
  'long/redis-cluster',
  'long/kill',
  'long/devices-transfer',
  'long/waiting-devices',
  'long/otel',
  'long/calls',
  'long/badge',
  'long/recall',
  'long/resolver',
  'long/presence',
  'contract/webhook/answers',
  'contract/api/keyless',
  'contract/store/embedded.',
  'integration/main-path',
  'long/webpush.',
  'long/cli-processes',
  'long/preferences',
  'integration/trace',
  'long/fixtures-replay',
  'contract/http2-frames',
  'contract/http2-client',
  'contract/journal/redis',
  'contract/store/redis.',
];

/**
 * Where Jest does not know yet how long files take, as on every machine of CI, it goes by their size, and ends with a slow
 * small one that every other worker waits for.
 */
module.exports = class SlowestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    if (sorted.every(({ duration }) => duration !== undefined)) return sorted;
    return sorted.sort((a, b) => rank(a.path) - rank(b.path));
  }
};

function rank(path) {
  const index = slowest.findIndex((name) => path.includes(join('test', name)));
  if (index !== -1) return index;
  const kind = ['long', 'integration', 'contract'].findIndex((name) => path.includes(join('test', name)));
  return slowest.length + (kind === -1 ? 2 : kind);
}
