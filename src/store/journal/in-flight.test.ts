import { InFlight, type Ticketed } from './in-flight';

interface Item extends Ticketed {
  readonly name: string;
  readonly at: number;
}
/** Nothing else runs meanwhile. */
const standStill = (forMs: number): void => {
  const until = performance.now() + forMs;
  while (performance.now() < until);
};
const item = (name: string, agoMs = 0): Item => ({ name, at: performance.now() - agoMs });

describe('what is in flight', () => {
  const closing: InFlight<Item>[] = [];
  const watch = (deadlineMs: number, onLate: (flight: InFlight<Item>) => void): InFlight<Item> => {
    const flight: InFlight<Item> = new InFlight<Item>(
      deadlineMs,
      ({ at }) => at,
      () => onLate(flight),
    );
    closing.push(flight);
    return flight;
  };
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => {
    jest.useRealTimers();
    for (const flight of closing.splice(0)) flight.close();
  });

  it('keeps its order and forgets what has ended', () => {
    const flight = watch(60_000, () => {});
    const [one, two, three] = [item('one'), item('two'), item('three')];
    for (const each of [one, two, three]) flight.add(each);
    expect([flight.remove(two), flight.remove(two)]).toEqual([true, false]);
    expect(flight.takeAll()).toEqual([one, three]);
    expect(flight.takeAll()).toEqual([]);
  });

  it('tells of the late ones only, each once', async () => {
    const late: string[][] = [];
    const flight = watch(30, (own) => late.push(own.takeLate().map(({ name }) => name)));
    flight.add(item('old', 25));
    flight.add(item('young'));
    await jest.advanceTimersByTimeAsync(10);
    expect(late).toEqual([['old']]);
    await jest.advanceTimersByTimeAsync(60);
    expect(late).toEqual([['old'], ['young']]);
  });

  it('says nothing when all ended in time, and watches again afterwards', async () => {
    let calls = 0;
    const flight = watch(10, (own) => (calls++, own.takeAll()));
    const quick = item('quick');
    flight.add(quick);
    flight.remove(quick);
    await jest.advanceTimersByTimeAsync(30);
    expect(calls).toBe(0);
    flight.add(item('slow'));
    await jest.advanceTimersByTimeAsync(40);
    expect(calls).toBe(1);
  });

  it('says nothing once it is closed', async () => {
    let calls = 0;
    const flight = watch(5, () => calls++);
    flight.add(item('open'));
    flight.close();
    await jest.advanceTimersByTimeAsync(30);
    expect(calls).toBe(0);
  });
});

describe('what is in flight while the process stands still', () => {
  const closing: InFlight<Item>[] = [];
  afterEach(() => {
    for (const flight of closing.splice(0)) flight.close();
  });
  const watch = (patienceMs: number, onLate: () => void): InFlight<Item> => {
    const flight: InFlight<Item> = new InFlight<Item>(
      20,
      ({ at }) => at,
      () => (flight.takeAll(), onLate()),
      patienceMs,
    );
    closing.push(flight);
    return flight;
  };

  it('gives as long again as it stood', async () => {
    const late = jest.fn();
    const flight = watch(1_000, late);
    const slow = item('slow');
    flight.add(slow);
    standStill(200);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(flight.remove(slow)).toBe(true);
    expect(late).not.toHaveBeenCalled();
  });

  it('does not wait for ever for what never comes', async () => {
    await new Promise<void>((resolve) => {
      watch(150, resolve).add(item('never'));
      standStill(100);
    });
    expect(closing[0]?.takeAll()).toEqual([]);
  });
});
