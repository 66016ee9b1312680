import { type Attempt, race, type RaceResult } from './race';

type Done = (result: RaceResult<string>) => void;

describe('a race of addresses', () => {
  let started: string[];
  let givenUp: string[];
  let running: Map<string, Done>;
  let results: RaceResult<string>[];

  const attempt: Attempt<string> = (address, done) => {
    started.push(address);
    running.set(address, done);
    return () => givenUp.push(address);
  };
  const start = (...addresses: string[]): (() => void) =>
    race(addresses, attempt, (result) => results.push(result));
  const win = (address: string): void => running.get(address)?.({ kind: 'won', prize: address });
  const lose = (address: string, cause: string): void => running.get(address)?.({ kind: 'lost', cause });

  beforeEach(() => {
    jest.useFakeTimers();
    [started, givenUp, results] = [[], [], []];
    running = new Map();
  });

  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('gives each address a head start, and the first that succeeds wins', () => {
    start('a', 'b', 'c');
    expect(started).toEqual(['a']);
    jest.advanceTimersByTime(300);
    expect(started).toEqual(['a', 'b']);
    win('b');
    expect(results).toEqual([{ kind: 'won', prize: 'b' }]);
    expect(givenUp).toEqual(['a']);
    win('a');
    expect(results).toHaveLength(1);
    expect(started).toEqual(['a', 'b']);
  });

  it('starts the next address at once when one fails', () => {
    start('a', 'b');
    lose('a', 'refused');
    expect(started).toEqual(['a', 'b']);
    win('b');
    expect(results).toEqual([{ kind: 'won', prize: 'b' }]);
  });

  it('fails when all have failed, with each distinct cause', () => {
    start('a', 'b', 'c');
    lose('a', 'refused');
    lose('b', 'refused');
    expect(results).toEqual([]);
    lose('c', 'unreachable');
    expect(results).toEqual([{ kind: 'lost', cause: 'refused; unreachable' }]);
  });

  it('waits for a slow one when the later ones have failed', () => {
    start('a', 'b');
    jest.advanceTimersByTime(300);
    lose('b', 'refused');
    expect(results).toEqual([]);
    win('a');
    expect(results).toEqual([{ kind: 'won', prize: 'a' }]);
  });

  it('ends in silence when it is given up', () => {
    const giveUp = start('a', 'b');
    jest.advanceTimersByTime(300);
    giveUp();
    expect(givenUp).toEqual(['a', 'b']);
    win('a');
    expect(results).toEqual([]);
  });
});
