import { BulkPace } from './bulk-pace';

/** A process that is busy in proportion to what it sends, and a bulk lane that takes all it gets. */
class Process {
  nowMs = 1_000_000;
  utilization = 0;
  readonly pace: BulkPace;
  #busyMs = 0;
  #fromMs = this.nowMs;

  constructor(
    readonly msEach: number,
    public mostPerSecond = Number.POSITIVE_INFINITY,
    readonly directMsEach = msEach,
  ) {
    this.pace = new BulkPace(4, {
      clock: { now: () => this.nowMs, monotonicMs: () => this.nowMs },
      utilization: () => this.#measured(),
    });
  }

  /** Bulk deliveries a second, over the time. */
  run(
    forMs: number,
    directPerSecond: number,
    grant = (able: number): number => this.pace.room(able),
  ): number {
    let bulk = 0;
    let owed = 0;
    for (const until = this.nowMs + forMs; this.nowMs < until; this.nowMs += 1) {
      owed += directPerSecond / 1000;
      for (; owed >= 1; owed -= 1) this.#send('direct', 1);
      // What the process cannot do in a millisecond it does not do.
      const able = Math.min(Math.floor(1 / this.msEach), this.mostPerSecond / 1000);
      const granted = grant(able);
      if (granted > 0) this.#send('bulk', granted);
      bulk += granted;
    }
    this.pace.close();
    return (bulk / forMs) * 1000;
  }

  #send(lane: 'direct' | 'bulk', count: number): void {
    this.pace.sent(lane, count);
    this.#busyMs += count * (lane === 'bulk' ? this.msEach : this.directMsEach);
  }

  #measured(): number {
    const share = Math.min(1, this.#busyMs / Math.max(1, this.nowMs - this.#fromMs));
    this.#busyMs = 0;
    this.#fromMs = this.nowMs;
    return share;
  }
}

interface Entry {
  left: number;
  /** Claimed, but not planned before. */
  readonly fromMs: number;
  endsAtMs: number;
}

/** Groups without end, as the consumer holds them: entries of 500 recipients, each over when the last answer has come. */
class Backlog {
  #held: Entry[] = [];

  constructor(
    private readonly process: Process,
    private readonly devices: number,
    private readonly answerMs: number,
  ) {}

  run(forMs: number, directPerSecond: number): number {
    let sent = 0;
    this.process.run(forMs, directPerSecond, (able) => {
      const { nowMs, pace } = this.process;
      this.#held = this.#held.filter(({ left, endsAtMs }) => left > 0 || nowMs < endsAtMs);
      const room = Math.min(4_000, pace.ahead) - this.#held.length * 500;
      for (let entry = 0; entry < Math.min(12, Math.ceil(room / 500)); entry += 1)
        this.#held.push({ left: this.devices, fromMs: nowMs + 15, endsAtMs: Number.POSITIVE_INFINITY });
      const ready = this.#held.filter(({ fromMs }) => fromMs <= nowMs);
      const waiting = ready.reduce((sum, { left }) => sum + left, 0);
      const granted = Math.min(waiting, pace.room(able));
      this.#send(ready, granted, nowMs);
      sent += granted;
      return granted;
    });
    return (sent / forMs) * 1000;
  }

  #send(ready: readonly Entry[], count: number, nowMs: number): void {
    let rest = count;
    for (const entry of ready) {
      const now = Math.min(rest, entry.left);
      entry.left -= now;
      rest -= now;
      if (now > 0 && entry.left === 0) entry.endsAtMs = nowMs + this.answerMs;
    }
  }
}

describe('BulkPace', () => {
  it.each([
    [10, 500, 100],
    [10, 150, 100],
    [60, 500, 100],
    [150, 500, 100],
  ])(
    'gives groups that stay behind more, answers after %i ms, %i devices an entry',
    (answerMs, devices, direct) => {
      // A message between two is alone in its turn, and costs ten times as much.
      const process = new Process(0.05, Number.POSITIVE_INFINITY, 0.5);
      const backlog = new Backlog(process, devices, answerMs);
      backlog.run(150_000, direct);
      expect(backlog.run(10_000, direct)).toBeGreaterThan(7_000);
    },
  );

  it('lets groups go as fast as they can while there is nobody else', () => {
    expect(new Process(0.1).run(3_000, 0)).toBe(10_000);
  });

  it('leaves most of the time free while messages between two come', () => {
    const busy = new Process(0.05);
    busy.run(3_000, 100);
    const perSecond = busy.run(5_000, 100);
    expect(perSecond).toBeGreaterThan(2_300);
    expect(perSecond).toBeLessThan(3_700);
  });

  it('gives groups more of the time when they wait longer than one of them needs, and takes it back', () => {
    const behind = new Process(0.05);
    behind.run(120_000, 100);
    expect(behind.run(5_000, 100)).toBeGreaterThan(10_000);
    behind.mostPerSecond = 1_000;
    behind.run(60_000, 100);
    behind.mostPerSecond = Number.POSITIVE_INFINITY;
    behind.run(5_000, 100);
    expect(behind.run(5_000, 100)).toBeLessThan(3_700);
  });

  it('forgets how far groups were behind once there were none for a while', () => {
    const behind = new Process(0.05);
    behind.run(120_000, 100);
    behind.nowMs += 2_000;
    behind.run(5_000, 100);
    expect(behind.run(5_000, 100)).toBeLessThan(3_700);
  });

  it('is no brake to a process that has time', () => {
    const idle = new Process(0.005, 20_000);
    idle.run(5_000, 100);
    expect(idle.run(3_000, 100)).toBeGreaterThan(18_000);
  });

  it('never brings groups to a standstill, however busy the process is', () => {
    const overloaded = new Process(0.5);
    overloaded.run(5_000, 100);
    expect(overloaded.run(5_000, 100)).toBeGreaterThan(1_400);
  });

  it('keeps the proportion of the lanes when the process is busy with messages between two', () => {
    const overloaded = new Process(0.05);
    overloaded.run(5_000, 20_000);
    expect(overloaded.run(5_000, 20_000)).toBeGreaterThan(4_500);
  });

  it('lets go when messages between two have stopped', () => {
    const process = new Process(0.1);
    process.run(3_000, 100);
    process.run(2_500, 0);
    expect(process.run(1_000, 0)).toBe(10_000);
  });

  it('calls those who found no room as soon as there is some', async () => {
    let nowMs = 0;
    const pace = new BulkPace(4, {
      clock: { now: () => nowMs, monotonicMs: () => nowMs },
      utilization: () => 0,
    });
    pace.sent('direct', 1);
    pace.room(1);
    const refilled = new Promise<void>((resolve) => pace.onRefilled(resolve));
    expect(pace.room(100_000)).toBeLessThan(100_000);
    nowMs = 100;
    await refilled;
    expect(pace.room(1)).toBe(1);
    pace.close();
  });
});
