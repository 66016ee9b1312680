/** How a part of the suite is played. */
export interface PartOptions {
  readonly seed: number;
  readonly seconds: number;
  /** That case alone; null: from the first one on until the time is over. */
  readonly only: number | null;
}

/** What a part tried and what was wrong with it. */
export class PartReport {
  inputs = 0;
  readonly wrong: string[] = [];
  /** Figures to print, in order. */
  readonly figures: string[] = [];
  readonly #kinds = new Map<string, number>();
  readonly #seed: number;

  constructor(
    readonly part: string,
    seed: number,
  ) {
    this.#seed = seed;
  }

  /** One input of that kind was tried. */
  tried(kind: string): void {
    this.inputs += 1;
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
  }

  /** Printed at once, with what plays it again. `number` null: not of a single case. */
  fault(number: number | null, text: string): void {
    const again = `--only ${this.part} --seed ${this.#seed}${number === null ? '' : ` --case ${number}`}`;
    this.wrong.push(`${again}: ${text}`);
    console.log(`  WRONG ${again}: ${text}`);
  }

  kinds(): string {
    return [...this.#kinds].map(([kind, times]) => `${kind} ${times}`).join(', ');
  }
}

/** The same numbers for the same case of the same seed. */
export function seedOf(seed: number, number: number): number {
  return seed * 1_000_003 + number;
}

/** Plays cases side by side until the time is over, or the one that is asked for. Numbers begin with 1. */
export async function playCases(
  { seconds, only }: PartOptions,
  atOnce: number,
  play: (number: number) => Promise<void>,
): Promise<void> {
  if (only !== null) return play(only);
  const endAt = performance.now() + seconds * 1_000;
  let number = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() < endAt) await play((number += 1));
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
