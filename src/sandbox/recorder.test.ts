import { Recorder, type RecordedPush } from './recorder';

const clock = { now: () => 5, monotonicMs: () => 5 };

function recorder(record: 'all' | 'counts' = 'all', recordLimit = 100): Recorder<RecordedPush> {
  return new Recorder({ record, recordLimit, clock });
}

function take(to: Recorder<RecordedPush>, token: string): void {
  to.accept(token, (repeat) => ({ token, repeatKey: token, repeat, receivedAtMs: 5 }));
}

describe('Recorder', () => {
  it('wakes those who wait, each at its own push', async () => {
    const record = recorder();
    const two = record.waitForCount(2, 1000);
    const b = record.waitForPush(({ token }) => token === 'b', 1000);
    take(record, 'a');
    take(record, 'b');
    expect((await two).map(({ token }) => token)).toEqual(['a', 'b']);
    expect((await b).token).toBe('b');
  });

  it('answers at once for what already came', async () => {
    const record = recorder();
    take(record, 'a');
    expect(await record.waitForCount(1, 1000)).toHaveLength(1);
    expect((await record.waitForPush(({ token }) => token === 'a', 1000)).repeat).toBe(0);
  });

  it('builds no push in counts mode that nobody sees', () => {
    const record = recorder('counts');
    const build = jest.fn();
    record.accept('a', build);
    expect(build).not.toHaveBeenCalled();
    expect(record.counts()).toMatchObject({ accepted: 1, distinct: 1 });
  });

  it('drops the oldest beyond its limit and says how many', () => {
    const record = recorder('all', 8);
    for (let index = 0; index < 100; index += 1) take(record, String(index));
    expect(record.accepted.length).toBeLessThanOrEqual(10);
    expect(record.accepted[0]?.token).toBe(String(record.firstIndex));
    expect(record.accepted.at(-1)?.token).toBe('99');
  });

  it('keeps the newest rejections and counts all by reason', () => {
    const record = recorder();
    const seen: string[] = [];
    const stop = record.onRejected(({ reason }) => seen.push(reason));
    for (let index = 0; index < 300; index += 1) {
      record.reject({ token: String(index), status: 400, reason: 'BadTopic', detail: '' });
    }
    stop();
    record.reject({ token: null, status: 410, reason: 'Unregistered', detail: '' });
    expect(record.rejected).toHaveLength(200);
    expect(record.rejected.at(-1)).toEqual({
      token: null,
      status: 410,
      reason: 'Unregistered',
      detail: '',
      atMs: 5,
    });
    expect(record.counts().rejected).toEqual({ BadTopic: 300, Unregistered: 1 });
    expect(seen).toHaveLength(300);
  });

  it('remembers the most streams that were open', () => {
    const record = recorder();
    for (const change of [1, 1, -1, 1, 1, -1] as const) record.streams(change);
    expect(record.counts()).toMatchObject({ openStreams: 2, maxOpenStreams: 3 });
    record.clear();
    expect(record.counts()).toMatchObject({ openStreams: 2, maxOpenStreams: 2 });
  });
});
