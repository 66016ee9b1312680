import type { Clock, Random } from '../domain/clock';

/** 12 bits, as RFC 9562 has room for them. */
const counterLimit = 0x1000;

/**
 * Makes UUIDv7 (RFC 9562), the form of every id of the relay's own: sorted by time, and by order within a millisecond. A clock
 * that steps back does not break the order: the last time is used on until the clock has passed it. The random part is the
 * maker's, not the id's: a webhook request needs several ids.
 */
export function createIds(clock: Clock, random: Random): () => string {
  const variant = (8 + Math.floor(random() * 4)).toString(16);
  const maker = `${variant}${draw(random, 3)}-${draw(random, 6)}${draw(random, 6)}`;
  let lastMs = 0;
  let counter = 0;
  let prefix = '';
  return () => {
    const nowMs = Math.floor(clock.now());
    counter += 1;
    if (nowMs > lastMs || counter === counterLimit) {
      lastMs = Math.max(nowMs, lastMs + 1);
      counter = 0;
      const time = hex(lastMs, 12);
      prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    }
    return `${prefix}${hex(counter, 3)}-${maker}`;
  };
}

function draw(random: Random, digits: number): string {
  return hex(Math.floor(random() * 16 ** digits), digits);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
