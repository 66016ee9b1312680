import { StoreUnavailableError } from '../../ports/errors';
import { Counters } from './counters';
import type { Table } from './environment';
import { Writer } from './writer';

interface Commit {
  run(): void;
  done(): void;
  fail(error: Error): void;
}

const noTable = { getRange: () => [] } as unknown as Table;

/** A writer whose transactions begin and end when the test says so. */
function aWriter(
  changes: { commitTimeoutMs?: number; patienceMs?: number; refusal?: () => string | null } = {},
): {
  writer: Writer;
  commits: Commit[];
  failures: () => number;
  refusals: string[];
} {
  const commits: Commit[] = [];
  const refusals: string[] = [];
  let failures = 0;
  const options = {
    transact: (operations: () => void): Promise<unknown> =>
      new Promise<void>((resolve, reject) => {
        commits.push({ run: operations, done: resolve, fail: reject });
      }),
    commitTimeoutMs: changes.commitTimeoutMs ?? 60_000,
    refuseGrowth: () => changes.refusal?.() ?? null,
    isFull: () => false,
    onFailure: () => (failures += 1),
    sliceMs: Infinity,
    patienceMs: changes.patienceMs ?? 60_000,
  };
  return {
    writer: new Writer(new Counters(noTable), options, { refused: (reason) => void refusals.push(reason) }),
    commits,
    failures: () => failures,
    refusals,
  };
}

function last(commits: readonly Commit[]): Commit {
  const commit = commits[commits.length - 1];
  if (commit === undefined) throw new Error('no transaction was begun');
  return commit;
}

describe('the writer', () => {
  it('begins a transaction for a lone operation at once, and resolves it when that has ended', async () => {
    const { writer, commits } = aWriter();
    let resolved = false;
    const result = writer.run(() => 'result').finally(() => (resolved = true));
    expect(commits).toHaveLength(1);
    last(commits).run();
    await Promise.resolve();
    expect(resolved).toBe(false);
    last(commits).done();
    expect(await result).toBe('result');
  });

  it('lets work that nobody waits for join the next transaction', async () => {
    const { writer, commits } = aWriter();
    const order: string[] = [];
    const later = writer.run(() => order.push('later'), 'later');
    expect(commits).toHaveLength(0);
    const now = writer.run(() => order.push('now'));
    expect(commits).toHaveLength(1);
    const behind = writer.run(() => order.push('behind'), 'later');
    last(commits).run();
    last(commits).done();
    await Promise.all([later, now, behind]);
    expect(order).toEqual(['later', 'now', 'behind']);
    const alone = writer.run(() => order.push('alone'), 'later');
    expect(commits).toHaveLength(1);
    const closed = writer.close();
    expect(commits).toHaveLength(2);
    last(commits).run();
    last(commits).done();
    await Promise.all([alone, closed]);
  });

  it('does not let that wait for more than a moment, nor behind a transaction', async () => {
    const { writer, commits } = aWriter({ patienceMs: 20 });
    const first = writer.run(() => {});
    last(commits).run();
    const second = writer.run(() => 'second', 'later');
    last(commits).done();
    await first;
    expect(commits).toHaveLength(1);
    while (commits.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    last(commits).run();
    last(commits).done();
    expect(await second).toBe('second');
  });

  it('puts all that comes while a transaction is under way into the next one', async () => {
    const { writer, commits } = aWriter();
    const order: number[] = [];
    const first = writer.run(() => order.push(0));
    last(commits).run();
    const others = [1, 2, 3].map((number) => writer.run(() => order.push(number)));
    expect(commits).toHaveLength(1);
    last(commits).done();
    await first;
    expect(commits).toHaveLength(2);
    last(commits).run();
    last(commits).done();
    await Promise.all(others);
    expect(order).toEqual([0, 1, 2, 3]);
    expect(commits).toHaveLength(2);
  });

  it('rejects the operation that throws, and no other', async () => {
    const { writer, commits } = aWriter();
    const failing = writer.run(() => {
      throw new RangeError('mine');
    });
    const fine = writer.run(() => 1);
    last(commits).run();
    last(commits).done();
    await expect(failing).rejects.toThrow(new RangeError('mine'));
    expect(await fine).toBe(1);
  });

  it('rejects all operations of a transaction that failed, says so, lets growth rest, and recovers', async () => {
    const { writer, commits, failures } = aWriter();
    const lost = [writer.run(() => 1), writer.run(() => 2, 'grow')];
    last(commits).run();
    last(commits).fail(new Error('No space left'));
    for (const one of lost) await expect(one).rejects.toThrow(StoreUnavailableError);
    await new Promise((resolve) => setImmediate(resolve));
    expect(writer.failure()).toBe('the last write failed: the disk is full (ENOSPC)');
    expect(failures()).toBe(1);
    await expect(writer.run(() => 3, 'grow')).rejects.toThrow(/the disk is full/);
    const work = writer.run(() => 4);
    last(commits).run();
    last(commits).done();
    expect(await work).toBe(4);
    expect(writer.failure()).toBeNull();
    const growth = writer.run(() => 5, 'grow');
    last(commits).run();
    last(commits).done();
    expect(await growth).toBe(5);
  });

  it('rejects what waits when a transaction cannot even begin', async () => {
    const { writer, commits } = aWriter();
    const waiting = writer.run(() => 1);
    last(commits).fail(new Error('panic'));
    await expect(waiting).rejects.toThrow(StoreUnavailableError);
  });

  it('refuses growth, and not work, for the reason that it is given', async () => {
    const { writer, commits } = aWriter({ refusal: () => 'no room' });
    await expect(writer.run(() => 1, 'grow')).rejects.toThrow(new StoreUnavailableError('no room'));
    const work = writer.run(() => 2);
    last(commits).run();
    last(commits).done();
    expect(await work).toBe(2);
  });

  it('does not blame the disk for a time in which the process itself stood still', async () => {
    const { writer, commits } = aWriter({ commitTimeoutMs: 100 });
    const running = writer.run(() => 'result');
    last(commits).run();
    // What a disk does within the pause is heard of after it, behind the timers that are due.
    setImmediate(() => setImmediate(() => last(commits).done()));
    const until = performance.now() + 400;
    while (performance.now() < until);
    expect(await running).toBe('result');
    expect(writer.failure()).toBeNull();
    await writer.close();
  });

  it('gives up a transaction that does not end, refuses everything until it does, and then goes on', async () => {
    const { writer, commits } = aWriter({ commitTimeoutMs: 40 });
    const running = writer.run(() => 1);
    last(commits).run();
    const queued = writer.run(() => 2);
    await expect(running).rejects.toThrow(/does not finish a write/);
    await expect(queued).rejects.toThrow(/does not finish a write/);
    await expect(writer.run(() => 3)).rejects.toThrow(StoreUnavailableError);
    expect(writer.failure()).toMatch(/does not finish/);
    last(commits).done();
    await new Promise((resolve) => setImmediate(resolve));
    expect(writer.failure()).toBeNull();
    const next = writer.run(() => 4);
    last(commits).run();
    last(commits).done();
    expect(await next).toBe(4);
    await writer.close();
  });

  it('finishes what is queued when it is closed, and takes nothing more', async () => {
    const { writer, commits } = aWriter();
    const first = writer.run(() => 1);
    last(commits).run();
    const second = writer.run(() => 2);
    const closed = writer.close();
    await expect(writer.run(() => 3)).rejects.toThrow(new StoreUnavailableError('the store is closed'));
    last(commits).done();
    await first;
    last(commits).run();
    last(commits).done();
    expect(await second).toBe(2);
    await closed;
  });
});
