/*
 * Open this file first: it reads an export line by line (`text-lines.ts`, `device-line.ts`) and puts the devices into the store
 * by `device-import.ts`, in batches (`device-batch.ts`), and people by `person-import.ts` (`person-line.ts`). `import-tangsengdaodao.ts` does so (`tangsengdaodao-import.ts`) with the rows of TangSengDaoDao's Redis
 * (`tangsengdaodao-rows.ts`), and counts what it leaves out in `left-out.ts`. `with-store.ts` opens the store without a relay, and `progress.ts` shows how far it is.
 */

import type { ConfiguredApp } from '../../api/services';
import type { Clock } from '../../domain/clock';
import type { PersonRecord } from '../../domain/person-record';
import { DeviceBatch } from './device-batch';
import type { DeviceImport } from './device-import';
import { readLine } from './device-line';
import type { PersonImport } from './person-import';
import type { Progress } from './progress';
import { textLines } from './text-lines';

export interface ImportRunOptions {
  readonly apps: readonly ConfiguredApp[];
  readonly clock: Clock;
  readonly stopSignal: AbortSignal;
  readonly progress: Progress;
  readonly say: (text: string) => void;
}

/** Two tokens of 4 KiB and all else at its longest, each character escaped, stay far below. */
const lineBytes = 64 * 1024;
const batchPeople = 256;
const shownProblems = 20;

/**
 * One import, from its first line to its last.
 *
 * before the header (anything else ends it: this is no export) → devices, in batches that are written together → ended by
 * the closing line, or cut off without one. A line that is wrong is counted and said, and the others go on.
 */
export class ImportRun {
  #lines = 0;
  /** Of the exports that stand before this one. */
  #linesBefore = 0;
  #peopleRead = 0;
  #failed = 0;
  #peopleTaken = 0;
  #peopleKept = 0;
  #people: PersonRecord[] = [];
  #warnings = 0;
  #hasHeader = false;
  #hasEnd = false;
  readonly #batch: DeviceBatch;
  readonly #peopleTarget: Pick<PersonImport, 'take'>;
  readonly #options: ImportRunOptions;

  constructor(target: DeviceImport, people: Pick<PersonImport, 'take'>, options: ImportRunOptions) {
    this.#batch = new DeviceBatch(target);
    this.#peopleTarget = people;
    this.#options = options;
  }

  get isClean(): boolean {
    return this.#failed === 0 && this.#hasHeader && this.#hasEnd;
  }

  /** Rejects with StoreUnavailableError, or the system's error of the stream; what was counted until then stands. */
  async read(stream: AsyncIterable<Buffer | string>): Promise<void> {
    for await (const { number, text } of textLines(stream, lineBytes)) {
      if (this.#options.stopSignal.aborted) break;
      if (text === null) {
        this.#lines += 1;
        this.#fail(number, `must be UTF-8 and at most ${String(lineBytes)} bytes`);
      } else await this.#take(number, number === 1 ? text.replace(/^\uFEFF/, '') : text);
      if (!this.#hasHeader) return;
    }
    await this.#batch.end();
    this.#options.progress.update(this.#lines);
    await this.#writePeople();
    if (this.#options.stopSignal.aborted) this.#options.say('stopped; run it again to continue');
    else if (!this.#hasHeader) this.#noExport(1);
    else if (!this.#hasEnd) this.#options.say('the closing line is missing: the export was cut off');
    const hidden = this.#failed - shownProblems;
    if (hidden > 0) this.#options.say(`and ${String(hidden)} more lines are malformed`);
    const unsaid = this.#warnings - shownProblems;
    if (unsaid > 0) this.#options.say(`and ${String(unsaid)} more warnings`);
  }

  summary(): string {
    const { created, replaced, kept, over_limit } = this.#batch.verdicts;
    const parts = [
      `${String(created + replaced)} imported (${String(created)} new, ${String(replaced)} replaced)`,
      `${String(kept)} already up to date`,
      `${String(over_limit)} over the per-user limit`,
      `${String(this.#failed)} malformed`,
    ];
    const people = this.#peopleTaken + this.#peopleKept;
    const devices = `${String(this.#lines)} devices read: ${parts.join(', ')}`;
    if (people === 0) return devices;
    return `${devices}\n${String(people)} names, preferences, mutes and badges read: ${String(this.#peopleTaken)} imported, ${String(this.#peopleKept)} already up to date`;
  }

  /** The same for a program. */
  report(): object {
    const { created, replaced, kept, over_limit } = this.#batch.verdicts;
    return {
      read: this.#lines,
      created,
      replaced,
      up_to_date: kept,
      over_limit,
      malformed: this.#failed,
      people: { imported: this.#peopleTaken, up_to_date: this.#peopleKept },
    };
  }

  async #take(number: number, text: string): Promise<void> {
    const line = readLine(text, { apps: this.#options.apps, nowMs: this.#options.clock.now() });
    if (!this.#hasHeader && line.kind !== 'header') {
      this.#noExport(number, line.kind === 'problem' ? line.problem : undefined);
      return;
    }
    switch (line.kind) {
      case 'header':
        // Exports may stand behind each other in one file.
        this.#hasHeader = true;
        this.#hasEnd = false;
        this.#linesBefore = this.#lines + this.#peopleRead;
        if (line.count !== null) this.#options.progress.setTotal(this.#lines + line.count);
        return;
      case 'device':
        this.#lines += 1;
        for (const warning of line.warnings) this.#warn(number, warning);
        if (await this.#batch.add(line.device)) this.#options.progress.update(this.#lines);
        return;
      case 'end':
        this.#hasEnd = true;
        this.#checkCount(number, line.count);
        return;
      case 'person':
        this.#peopleRead += 1;
        this.#people.push(line.record);
        if (this.#people.length >= batchPeople) await this.#writePeople();
        return;
      case 'problem':
        this.#lines += 1;
        this.#fail(number, line.problem);
        return;
      default: {
        const impossible: never = line;
        throw new Error(`unexpected line ${JSON.stringify(impossible)}`);
      }
    }
  }

  #checkCount(number: number, count: number): void {
    const stand = this.#lines + this.#peopleRead - this.#linesBefore;
    if (count !== stand)
      this.#fail(number, `expected ${String(count)} lines before it, found ${String(stand)}`);
  }

  async #writePeople(): Promise<void> {
    const records = this.#people;
    this.#people = [];
    const taken = await Promise.all(records.map((record) => this.#peopleTarget.take(record)));
    for (const isTaken of taken) {
      if (isTaken) this.#peopleTaken += 1;
      else this.#peopleKept += 1;
    }
  }

  #fail(number: number, problem: string): void {
    this.#failed += 1;
    if (this.#failed <= shownProblems) this.#options.say(`line ${String(number)}: ${problem}`);
  }

  #warn(number: number, text: string): void {
    this.#warnings += 1;
    if (this.#warnings <= shownProblems) this.#options.say(`line ${String(number)}: warning: ${text}`);
  }

  #noExport(number: number, problem = 'the first line of an export is missing'): void {
    this.#fail(number, `${problem}; nothing is imported`);
  }
}
