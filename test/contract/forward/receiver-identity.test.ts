import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/domain/clock';
import { silentLogger } from '../../../src/domain/logger';
import { assignQueues, identify } from '../../../src/forward/receiver-identity';
import { DurableQueues } from '../../../src/store/queue/durable-queues';

describe('which queue is whose', () => {
  let directory: string;
  let queues: DurableQueues;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'relay-forward-'));
    queues = await DurableQueues.open(
      { directory, minFreeDiskShare: 0 },
      { clock: systemClock, random: Math.random, logger: silentLogger },
    );
  });
  afterEach(async () => {
    await queues.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** The queues of receivers with these paths, after a start with them. */
  const startWith = async (...paths: string[]): Promise<(string | undefined)[]> => {
    const receivers = identify(paths, (path) => `http://server:80${path}`);
    const owners = await assignQueues(receivers, queues);
    return receivers.map(({ id }) => owners.get(id));
  };
  const fill = (queue: string | undefined) => queues.queue(`${queue}-others`).append(Buffer.from('event'));

  it('tells by names without secrets, short where a host has one receiver', () => {
    const names = (...urls: string[]) => identify(urls, (url) => url).map(({ name }) => name);
    expect(names('http://user:secret@server:8090/secret?token=secret')).toEqual(['server:8090']);
    const several = names('http://s/a', 'https://s/a', 'http://s/a?x', 'http://other/a', 'http://s/a');
    expect(new Set(several).size).toBe(5);
    expect(several.filter((name) => !/^s#[0-9a-f]{4}(-2)?$/.test(name))).toEqual(['other']);
  });

  it('stays with the receiver', async () => {
    const [first, second] = await startWith('/a', '/b');
    await fill(first);
    expect(await startWith('/b')).toEqual([second]);
    // The one that is new came after another one had gone.
    const [third] = await startWith('/c', '/b');
    expect([first, second]).not.toContain(third);
    expect(await startWith('/b', '/a', '/c')).toEqual([second, first, third]);
  });

  it('follows a corrected address, and back', async () => {
    const [first, second] = await startWith('/a', '/b');
    await fill(first);
    expect(await startWith('/b', '/corrected')).toEqual([second, first]);
    expect(await startWith('/a')).toEqual([first]);
  });

  it('is new where it is not clear whose address was corrected', async () => {
    const before = await startWith('/a', '/b');
    for (const queue of before) await fill(queue);
    for (const queue of await startWith('/c', '/d')) expect(before).not.toContain(queue);
    const [alone] = await startWith('/e');
    expect(before).not.toContain(alone);
    expect(await startWith('/a', '/b')).toEqual(before);
  });

  it('is never that of another receiver, though that one took over a queue', async () => {
    const [first] = await startWith('/a');
    await fill(first);
    const [corrected] = await startWith('/corrected');
    const [again, other] = await startWith('/a', '/corrected');
    expect(other).toBe(corrected);
    expect(again).not.toBe(corrected);
  });
});
