'use strict';

/** Preloaded into a relay: SIGUSR2 is a bug of its own, right in the middle of whatever it does. */
process.on('SIGUSR2', () => {
  throw new Error('thrown by a test');
});
