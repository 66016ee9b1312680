/** Wakes one that waits; who was not waiting yet does not wait then. */
export class Wake {
  #called = false;
  #resolve: (() => void) | null = null;

  call(): void {
    this.#called = true;
    this.#resolve?.();
  }

  /** Resolves when called, since the last wait or from now on, or when the time is over. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#called) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        timer.unref();
        this.#resolve = () => (clearTimeout(timer), resolve());
      });
      this.#resolve = null;
    }
    this.#called = false;
  }
}
