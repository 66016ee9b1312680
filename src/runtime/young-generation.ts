import { setFlagsFromString } from 'node:v8';

/**
 * Tells V8 to put new objects where they are collected often, all of them: see docs/decisions/0017. By itself it learns from a
 * burst, in which what belongs to a message lives long, to put such objects into the old generation from the start. There
 * they stay until the next full collection, dead or not, and keep all that they refer to; and so the calm after the burst
 * costs a full collection a second.
 */
export function beginAllYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
