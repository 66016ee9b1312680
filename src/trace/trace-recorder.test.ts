import type { EncodedSegments } from '../store/ports/traces';
import { decodeSegment } from '../store/traces/trace-segment';
import type { JourneyStep } from '../domain/journey';
import { recordOf } from './trace-record';
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

  append({ lines }: EncodedSegments): Promise<void> {
    const segments = lines.toString().split('\n').map(decodeSegment);
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

describe('a message to one person', () => {
  const about = { messageId: 'm1', receivedAtMs: 0, reason: null };
  const origin = {
    source: 'webhook',
    fromUid: 'al',
    channelId: 'bob',
    channelType: 1,
    recipients: 1,
  } as const;
  const received: JourneyStep = {
    ...about,
    uid: null,
    uids: ['bob'],
    deviceId: null,
    step: 'received',
    origin,
    atMs: 0,
  };
  const answered = (deviceId: string, atMs: number): JourneyStep => ({
    ...about,
    uid: 'bob',
    deviceId,
    step: 'answered',
    provider: 'apns',
    outcome: 'accepted',
    attempt: 1,
    providerId: `${deviceId}-id`,
    atMs,
  });

  async function recordedOf(steps: readonly JourneyStep[]) {
    const written: string[] = [];
    const traces = {
      append: async ({ lines }: EncodedSegments) => void written.push(...lines.toString().split('\n')),
    };
    const events = { lost: () => {}, kept: () => {} };
    const recorder = new TraceRecorder({ sample: 1, fullUpToRecipients: 1_000 }, { traces, events });
    for (const one of steps) recorder.tell(one);
    await recorder.flush();
    return { record: recordOf(written.map(decodeSegment)), written };
  }

  it('tells of each device, although the first answer closes its segment', async () => {
    const planned: JourneyStep = { ...received, step: 'planned', uid: 'bob', detail: 'type 1', atMs: 1 };
    const { record, written } = await recordedOf([received, planned, answered('a', 2), answered('b', 3)]);
    expect(written).toHaveLength(2);
    expect(record).toMatchObject({ origin, counts: { pushed: 1 } });
    expect(record?.recipients).toMatchObject([
      {
        uid: 'bob',
        result: 'pushed',
        detail: 'type 1',
        devices: [
          { deviceId: 'a', state: 'accepted' },
          { deviceId: 'b', state: 'accepted' },
        ],
      },
    ]);
  });

  it('is not told of a user who was erased while the message was being stored', async () => {
    const written: string[] = [];
    const traces = { append: async ({ lines }: EncodedSegments) => void written.push(lines.toString()) };
    const events = { lost: () => {}, kept: () => {} };
    const recorder = new TraceRecorder({ sample: 1, fullUpToRecipients: 1_000 }, { traces, events });
    recorder.eraseUser('bob', 1);
    recorder.tell({ ...received, uids: ['bob', 'carol'] });
    await recorder.flush();
    expect(written.map(decodeSegment).flatMap(({ steps }) => steps.map(({ uid }) => uid))).toEqual(['carol']);
  });

  it.each([
    [
      'its sender',
      { fromUid: 'al', channelId: 'room', channelType: 2 },
      { fromUid: null, channelId: 'room' },
    ],
    ['the peer', { fromUid: 'bo', channelId: 'al', channelType: 1 }, { fromUid: 'bo', channelId: null }],
    [
      'one of both',
      { fromUid: 'al', channelId: 'al@bo', channelType: 1 },
      { fromUid: null, channelId: null },
    ],
    [
      'one whose id holds the sign that joins both',
      { fromUid: 'bo', channelId: 'al@x.com@bo', channelType: 1 },
      { fromUid: 'bo', channelId: null },
    ],
    [
      'a group of that name',
      { fromUid: 'bo', channelId: 'al', channelType: 2 },
      { fromUid: 'bo', channelId: 'al' },
    ],
  ])('that is under way when %s is erased names nobody erased', async (_, named, expected) => {
    const written: string[] = [];
    const traces = { append: async ({ lines }: EncodedSegments) => void written.push(lines.toString()) };
    const events = { lost: () => {}, kept: () => {} };
    const recorder = new TraceRecorder({ sample: 1, fullUpToRecipients: 1_000 }, { traces, events });
    for (const uid of ['al', 'al@x.com']) recorder.eraseUser(uid, 1);
    recorder.tell({ ...received, origin: { ...origin, ...named } });
    // What comes later is about the uid as it is used again.
    recorder.tell({ ...received, messageId: 'm2', receivedAtMs: 2, origin: { ...origin, ...named } });
    await recorder.flush();
    const [before, after] = written.flatMap((lines) => lines.split('\n')).map((line) => decodeSegment(line));
    expect(before?.origin).toMatchObject(expected);
    expect(after?.origin).toMatchObject(named);
  });

  it('is received until it is planned', async () => {
    const { record } = await recordedOf([received]);
    expect(record?.recipients).toMatchObject([{ uid: 'bob', result: 'received' }]);
  });
});
