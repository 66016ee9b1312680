import { Writable } from 'node:stream';
import { Presets, SingleBar } from 'cli-progress';
import type { CliOutput } from '../cli-io';

/**
 * A bar, where somebody looks; nothing where the output is no terminal, or one that only prints.
 *
 * silent → drawn, from the first number on → stopped.
 */
export class Progress {
  #bar: SingleBar | null = null;
  #total: number | null = null;
  readonly #output: CliOutput;

  constructor(output: CliOutput) {
    this.#output = output;
  }

  /** How many there will be in all, as far as is known. */
  setTotal(total: number): void {
    this.#total = total;
    this.#bar?.setTotal(total);
  }

  /** So many are done. */
  update(done: number): void {
    if (!this.#output.hasCursor) return;
    this.#bar ??= this.#draw();
    this.#bar.update(done);
  }

  stop(): void {
    this.#bar?.stop();
  }

  #draw(): SingleBar {
    const output = this.#output;
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        output.write(chunk.toString());
        done();
      },
    });
    const known = '{bar} {percentage}% | {value} of {total} devices';
    const bar = new SingleBar(
      {
        stream: Object.assign(stream, { isTTY: true, columns: 80 }),
        format: this.#total === null ? '{value} devices' : known,
        // The process has its own way to stop, and is not to be ended by a bar.
        gracefulExit: false,
      },
      Presets.shades_classic,
    );
    bar.start(this.#total ?? 0, 0);
    return bar;
  }
}
