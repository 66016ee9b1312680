'use strict';

/** Preloaded into a relay: SIGWINCH is a bug of its own, right in the middle of whatever it does. */
process.on('SIGWINCH', () => {
  throw new Error('thrown by a test');
});
