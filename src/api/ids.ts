import type { Clock, Random } from '../domain/clock';

/**
 * Makes UUIDv7 (RFC 9562): sorted by time, and by order within a millisecond of this process. A clock that steps back
 * does not break the order: the last time is used on until the clock has passed it.
 */
export function createIds(clock: Clock, random: Random): () => string {
  let lastMs = 0;
  let counter = 0;
  return () => {
    const nowMs = Math.floor(clock.now());
    if (nowMs > lastMs) {
      lastMs = nowMs;
      counter = Math.floor(random() * 0x800);
    } else if (++counter > 0xfff) {
      lastMs += 1;
      counter = 0;
    }
    const time = lastMs.toString(16).padStart(12, '0');
    const variant = (8 + Math.floor(random() * 4)).toString(16);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(counter, 3)}-${variant}${draw(random, 3)}-${draw(random, 6)}${draw(random, 6)}`;
  };
}

function draw(random: Random, digits: number): string {
  return hex(Math.floor(random() * 16 ** digits), digits);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
