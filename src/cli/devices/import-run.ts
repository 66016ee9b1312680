import type { ConfiguredApp } from '../../api/services';
import type { Clock } from '../../domain/clock';
import type { Device } from '../../domain/device';
import type { DeviceImport, ImportVerdict } from './device-import';
import { tokensOf } from './device-import';
import { readLine } from './device-line';
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
const LINE_BYTES = 64 * 1024;
/** Written together: the embedded store flushes once for all of them, Redis gets them in one go. */
const BATCH = 256;
const SHOWN_PROBLEMS = 20;

/**
 * One import, from its first line to its last.
 *
 * before the header (anything else ends it: this is no export) → devices, in batches that are written together → ended by
 * the closing line, or cut off without one. A line that is wrong is counted and said, and the others go on.
 */
export class ImportRun {
  readonly #verdicts: Record<ImportVerdict, number> = { created: 0, replaced: 0, kept: 0, over_limit: 0 };
  #lines = 0;
  /** Of the exports that stand before this one. */
  #linesBefore = 0;
  #failed = 0;
  #hasHeader = false;
  #hasEnd = false;
  #batch: Device[] = [];
  readonly #batchTokens = new Set<string>();

  constructor(
    private readonly target: DeviceImport,
    private readonly options: ImportRunOptions,
  ) {}

  get isClean(): boolean {
    return this.#failed === 0 && this.#hasHeader && this.#hasEnd;
  }

  /** Rejects with StoreUnavailableError, or the system's error of the stream; what was counted until then stands. */
  async read(stream: AsyncIterable<Buffer | string>): Promise<void> {
    for await (const { number, text } of textLines(stream, LINE_BYTES)) {
      if (this.options.stopSignal.aborted) break;
      if (text === null) {
        this.#lines += 1;
        this.#fail(number, `must be UTF-8 and at most ${String(LINE_BYTES)} bytes`);
      } else await this.#take(number, number === 1 ? text.replace(/^\uFEFF/, '') : text);
      if (!this.#hasHeader) return;
    }
    await this.#write();
    if (this.options.stopSignal.aborted) this.options.say('stopped; run it again to go on');
    else if (!this.#hasHeader) this.#noExport(1);
    else if (!this.#hasEnd) this.options.say('the closing line is missing: the export was cut off');
    const hidden = this.#failed - SHOWN_PROBLEMS;
    if (hidden > 0) this.options.say(`and ${String(hidden)} more lines are wrong`);
  }

  summary(): string {
    const { created, replaced, kept, over_limit } = this.#verdicts;
    const parts = [
      `${String(created + replaced)} imported (${String(created)} new, ${String(replaced)} replaced)`,
      `${String(kept)} as new or newer here`,
      `${String(over_limit)} beyond the limit of their user`,
      `${String(this.#failed)} wrong`,
    ];
    return `${String(this.#lines)} devices read: ${parts.join(', ')}`;
  }

  async #take(number: number, text: string): Promise<void> {
    const line = readLine(text, { apps: this.options.apps, nowMs: this.options.clock.now() });
    if (!this.#hasHeader && line.kind !== 'header') {
      this.#noExport(number, line.kind === 'problem' ? line.problem : undefined);
      return;
    }
    switch (line.kind) {
      case 'header':
        // Exports may stand behind each other in one file.
        this.#hasHeader = true;
        this.#hasEnd = false;
        this.#linesBefore = this.#lines;
        if (line.count !== null) this.options.progress.setTotal(this.#lines + line.count);
        return;
      case 'device':
        this.#lines += 1;
        await this.#add(line.device);
        return;
      case 'end':
        this.#hasEnd = true;
        if (line.count !== this.#lines - this.#linesBefore)
          this.#fail(
            number,
            `counts ${String(line.count)} devices, where ${String(this.#lines - this.#linesBefore)} stand`,
          );
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

  /** Devices that fight for one token are written one after the other, in their order. */
  async #add(device: Device): Promise<void> {
    const tokens = tokensOf(device);
    if (this.#batch.length >= BATCH || tokens.some((token) => this.#batchTokens.has(token)))
      await this.#write();
    this.#batch.push(device);
    for (const token of tokens) this.#batchTokens.add(token);
  }

  async #write(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#batchTokens.clear();
    const byUser = new Map<string, Device[]>();
    for (const device of batch) {
      const devices = byUser.get(device.uid);
      if (devices === undefined) byUser.set(device.uid, [device]);
      else devices.push(device);
    }
    const written = await Promise.allSettled([...byUser.values()].map((devices) => this.#writeUser(devices)));
    this.options.progress.update(this.#lines);
    const failure = written.find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  /** One after the other: they share the limit of their user. */
  async #writeUser(devices: readonly Device[]): Promise<void> {
    for (const device of devices) this.#verdicts[await this.target.take(device)] += 1;
  }

  #fail(number: number, problem: string): void {
    this.#failed += 1;
    if (this.#failed <= SHOWN_PROBLEMS) this.options.say(`line ${String(number)}: ${problem}`);
  }

  #noExport(number: number, problem = 'the first line of an export is missing'): void {
    this.#fail(number, `${problem}; nothing is imported`);
  }
}
