'use strict';
const { ForwardTarget } = require('../../dist/forward/forward-target.js');
const { HttpReceiver } = require('../../dist/forward/http-receiver.js');
const { DurableQueue } = require('../../dist/store/queue/durable-queue.js');

/**
 * Counts what the relay of this process forwards, so that repeats can be explained. `pass` is called at named points of a
 * forwarded event's way:
 *
 * forward-kept:    the event is on disk, its 200 is not written yet.
 * forward-sent:    its request was handed to the socket, the receiver has not answered.
 * forward-taken:   the receiver has taken it, and nobody has heard of it yet.
 * forward-settled: its end was handed to the queue, which has not written it yet.
 *
 * Returns a function: attempts that the receiver may have taken and that are made again, were the process to die now.
 */
function watchForwarding(pass) {
  let open = 0;
  let unwritten = 0;
  let failed = 0;

  const { keep } = ForwardTarget.prototype;
  ForwardTarget.prototype.keep = async function (event) {
    await keep.call(this, event);
    pass('forward-kept');
  };

  const { send } = HttpReceiver.prototype;
  HttpReceiver.prototype.send = async function (event) {
    open += 1;
    setImmediate(pass, 'forward-sent');
    const reception = await send.call(this, event);
    pass('forward-taken');
    open -= 1;
    if (reception.kind === 'taken') unwritten += 1;
    else failed += 1;
    setImmediate(pass, 'forward-settled');
    return reception;
  };

  const { settle } = DurableQueue.prototype;
  DurableQueue.prototype.settle = function (sequences) {
    settle.call(this, sequences);
    // The journal's queues settle, too, and have sent nothing here.
    const written = Math.min(unwritten, sequences.length);
    this.flush().then(
      () => (unwritten -= written),
      () => {},
    );
  };

  return () => open + unwritten + failed;
}

module.exports = { watchForwarding };
