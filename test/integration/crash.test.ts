import { once } from 'node:events';
import { join } from 'node:path';
import { closeConnections, postMessage } from '../helpers/client';
import { Fakes } from '../helpers/fakes';

/** LMDB writes in a thread that waits for JavaScript: a process that exits by itself in that moment would hang for ever. */
describe('the process ends while it writes', () => {
  let fakes: Fakes;
  beforeAll(async () => {
    fakes = await Fakes.start();
  });
  afterAll(async () => {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
  });

  it.each([
    ['at a bug', ['SIGUSR2']],
    ['at a second signal', ['SIGTERM', 'SIGINT']],
  ] as const)('%s', async (_, signals) => {
    await using relay = await fakes.startRelay({
      nodeArgs: ['-r', join(__dirname, '../helpers/throws-on-signal.cjs')],
    });
    let writing = true;
    let answers = 0;
    const enough = new Promise<void>((resolve) => {
      const post = async (): Promise<void> => {
        while (writing) {
          await postMessage(relay.url, { to: ['carol'] });
          answers += 1;
          if (answers === 500) resolve();
        }
      };
      for (let count = 0; count < 32; count += 1) post().catch(() => {});
    });
    await enough;
    const exited = once(relay.child, 'exit') as Promise<[number | null, string | null]>;
    const [first, second] = signals;
    relay.signal(first);
    if (second !== undefined) {
      await relay.logged(({ msg }) => String(msg).startsWith('stopping'));
      relay.signal(second);
    }
    expect(await exited).toEqual([null, 'SIGKILL']);
    writing = false;
    if (second === undefined)
      expect(await relay.logged(({ level }) => level === 60)).toMatchObject({
        err: { message: 'thrown by a test' },
      });
  });
});
