import type { Value } from './measurement';
import type { RelayUnderTest } from './relay-under-test';
import { round } from './statistics';

const sampleMs = 20;

export interface MemoryPeak {
  /** The kernel's own high-water mark. */
  readonly residentMb: number;
  /** Without mapped files; the highest of the samples. */
  readonly anonymousMb: number;
}

/** The most memory that the relay has from now on; NaN where the system has no /proc. */
export class MemoryWatch {
  readonly #timer: NodeJS.Timeout;
  #anonymousMb = 0;
  readonly #relay: RelayUnderTest;

  constructor(relay: RelayUnderTest) {
    this.#relay = relay;

    relay.resetPeak();
    this.#timer = setInterval(() => this.#sample(), sampleMs);
  }

  end(): MemoryPeak {
    clearInterval(this.#timer);
    this.#sample();
    return { residentMb: this.#relay.memory()?.peakMb ?? Number.NaN, anonymousMb: this.#anonymousMb };
  }

  #sample(): void {
    this.#anonymousMb = Math.max(this.#anonymousMb, this.#relay.memory()?.anonymousMb ?? Number.NaN);
  }
}

export function memoryValues({ residentMb, anonymousMb }: MemoryPeak): readonly Value[] {
  return [
    { name: 'most resident', value: round(residentMb), unit: 'MB', compared: 'lower_is_better' },
    { name: 'without mapped files', value: round(anonymousMb), unit: 'MB' },
  ];
}
