import type { Clock } from '../domain/clock';
import type { Random } from '../domain/clock';

const timeDigits = 9;
const counterDigits = 4;
const counterLimit = 36 ** counterDigits;

function digits(value: number, length: number): string {
  return value.toString(36).padStart(length, '0');
}

/** `length` base-36 digits. */
export function randomDigits(random: Random, length: number): string {
  let text = '';
  while (text.length < length) text += Math.floor(random() * 36).toString(36);
  return text;
}

/**
 * Ids that sort by time, also when the clock steps back, and are unique among all instances: milliseconds, a counter
 * within them, and the instance's own random part.
 */
export class BodyIds {
  private lastMs = -1;
  private counter = 0;
  private prefix = '';
  private readonly instance: string;

  constructor(
    private readonly clock: Clock,
    random: Random,
  ) {
    this.instance = randomDigits(random, 10);
  }

  next(): string {
    const nowMs = this.clock.now();
    this.counter++;
    if (nowMs > this.lastMs || this.counter === counterLimit) {
      this.lastMs = Math.max(nowMs, this.lastMs + 1);
      this.counter = 0;
      this.prefix = digits(this.lastMs, timeDigits);
    }
    return this.prefix + digits(this.counter, counterDigits) + this.instance;
  }
}
