import type { TraceSegment } from '../store/ports/traces';
import type { JourneyStep } from '../domain/journey';
import { TraceRecorder } from './trace-recorder';

const step = (number: number): JourneyStep => ({
  messageId: `m${number}`,
  receivedAtMs: 0,
  uid: 'bob',
  deviceId: null,
  step: 'skipped',
  reason: 'no_device',
  atMs: 0,
});

/** Takes nothing until it is let. */
class SlowStore {
  steps = 0;
  #waiting: (() => void)[] = [];

  append(segments: readonly TraceSegment[]): Promise<void> {
    return new Promise((resolve) =>
      this.#waiting.push(() => {
        this.steps += segments.reduce((sum, segment) => sum + segment.steps.length, 0);
        resolve();
      }),
    );
  }

  letGo(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

describe('a trace recorder whose store is slow', () => {
  it('holds a bounded number of steps, counts the others, and says that none is missing once none was', async () => {
    const store = new SlowStore();
    const told: string[] = [];
    const events = {
      lost: (steps: number, error: unknown) => void told.push(`lost ${steps} ${String(error)}`),
      kept: () => void told.push('kept'),
    };
    const recorder = new TraceRecorder({ sample: 1, fullUpToRecipients: 1_000 }, { traces: store, events });
    // The first write takes 2,000 steps, and 50,000 are held beside it.
    for (let number = 0; number < 52_007; number += 1) recorder.tell(step(number));
    const flushed = recorder.flush();
    store.letGo();
    await new Promise(setImmediate);
    expect(told).toEqual(['lost 7 null']);
    store.letGo();
    await flushed;
    expect(told).toEqual(['lost 7 null', 'kept']);
    expect(store.steps).toBe(52_000);
  });
});
