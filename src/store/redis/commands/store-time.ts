import type { Clock } from '../../../domain/clock';
import { Script } from './script';

/** In scripts: the time by which claims, leases, marks and shared values end. Its argument is StoreTime's. */
export const timeLua = `
local function timeOf(argument)
  if argument ~= '' then return tonumber(argument) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function whole(number)
  return string.format('%.0f', number)
end
`;

/** Redis' own time, ms. */
export const nowScript = new Script(`${timeLua}
return whole(timeOf(''))
`);

/** A process whose clock runs ahead of Redis' own must not lose what Redis drops too soon. */
const slackMs = 600_000;

/**
 * Whose clock ends claims, leases, marks and shared values: Redis' own, because all processes share it, or the process's.
 */
export class StoreTime {
  readonly #source: 'redis' | 'process';
  readonly #clock: Clock;

  constructor(source: 'redis' | 'process', clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** For scripts: '' = ask Redis. */
  argument(): string {
    return this.#source === 'redis' ? '' : String(this.#clock.now());
  }

  /** Against which due times are set in the process; scripts are given the difference. */
  processMs(): number {
    return this.#clock.monotonicMs();
  }

  /** How long Redis itself keeps what lives for `ttlMs`. */
  kept(ttlMs: number): string {
    return String(Math.max(1, Math.ceil(ttlMs)) + (this.#source === 'redis' ? 0 : slackMs));
  }
}
