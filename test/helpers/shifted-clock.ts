import { existsSync, readdirSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from './relay-process';

const library = 'faketime/libfaketimeMT.so.1';

/** Where Debian's package `libfaketime` puts it; null where it is not installed. */
export const faketimeLibrary: string | null =
  process.platform === 'linux'
    ? (readdirSync('/usr/lib')
        .map((name) => join('/usr/lib', name, library))
        .find((path) => existsSync(path)) ?? null)
    : null;

/** The wall clock of relay processes, off by what a test says at any moment; their monotonic clock stays the real one. */
export class ShiftedClock {
  readonly #file: string;

  private constructor(
    file: string,
    readonly env: Readonly<Record<string, string>>,
  ) {
    this.#file = file;
  }

  static async create(offSeconds: number): Promise<ShiftedClock> {
    const file = join(await temporaryDirectory(), 'faketime');
    const clock = new ShiftedClock(file, {
      LD_PRELOAD: faketimeLibrary ?? '',
      DONT_FAKE_MONOTONIC: '1',
      FAKETIME_NO_CACHE: '1',
      FAKETIME_TIMESTAMP_FILE: file,
    });
    await clock.set(offSeconds);
    return clock;
  }

  async set(offSeconds: number): Promise<void> {
    // In one step: a file that is empty for a moment would be no shift for that moment.
    await writeFile(`${this.#file}.next`, `${offSeconds < 0 ? '-' : '+'}${Math.abs(offSeconds)}\n`);
    await rename(`${this.#file}.next`, this.#file);
  }
}
