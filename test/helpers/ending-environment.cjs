const { AsyncLocalStorage } = require('node:async_hooks');
const { ChildProcess } = require('node:child_process');
const { TestEnvironment } = require('jest-environment-node');

/**
 * Ends the processes that a suite started and left running, as it does after a failure or a time limit. Otherwise they would keep
 * Jest from exiting. What a detached process started ends with it, because it has a process group of its own.
 *
 * Also ends the AsyncLocalStorage that jest-circus makes for each suite. Before Node 24, every promise of the process copies something
 * for each one that was ever used: after 100 suites, a test of millions of promises took minutes instead of a second.
 */
module.exports = class EndingEnvironment extends TestEnvironment {
  #children = new Map();
  #storages = new Set();
  #spawn = ChildProcess.prototype.spawn;
  #run = AsyncLocalStorage.prototype.run;

  async setup() {
    await super.setup();
    const [spawn, children] = [this.#spawn, this.#children];
    const [run, storages] = [this.#run, this.#storages];
    AsyncLocalStorage.prototype.run = function (...args) {
      storages.add(this);
      return run.apply(this, args);
    };
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
    AsyncLocalStorage.prototype.run = this.#run;
    for (const storage of this.#storages) storage.disable();
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
