const { ChildProcess } = require('node:child_process');
const { TestEnvironment } = require('jest-environment-node');

/**
 * Ends the processes that a suite started and left running, as it does after a failure or a time limit. Otherwise they would keep
 * Jest from exiting. What a detached process started ends with it, because it has a process group of its own.
 */
module.exports = class EndingEnvironment extends TestEnvironment {
  #children = new Map();
  #spawn = ChildProcess.prototype.spawn;

  async setup() {
    await super.setup();
    const [spawn, children] = [this.#spawn, this.#children];
    // `spawn`, `fork` and `exec` all come along here.
    ChildProcess.prototype.spawn = function (options) {
      const result = spawn.call(this, options);
      if (this.pid !== undefined) children.set(this, options.detached === true);
      this.once('exit', () => children.delete(this));
      return result;
    };
  }

  async teardown() {
    ChildProcess.prototype.spawn = this.#spawn;
    for (const [child, hasGroup] of this.#children) end(child, hasGroup);
    await super.teardown();
  }
};

function end(child, hasGroup) {
  try {
    if (hasGroup) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone.
  }
  // One that a test has stopped ends by this, too.
  child.kill('SIGKILL');
  for (const stream of child.stdio ?? []) stream?.destroy();
  child.unref();
}
