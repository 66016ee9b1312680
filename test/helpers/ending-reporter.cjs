const graceMs = 10_000;

/** Ends a run that something keeps alive after its last suite, with an error, instead of letting it wait for ever. */
module.exports = class EndingReporter {
  onRunComplete() {
    setTimeout(() => {
      console.error(
        `Jest is kept alive ${graceMs} ms after its last suite: a test left a server, a timer or a process open (--detectOpenHandles)`,
      );
      process.exit(1);
    }, graceMs).unref();
  }
};
