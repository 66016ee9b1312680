import { systemClock } from '../../../src/domain/clock';
import type { Reception } from '../../../src/shared/reception';
import { ForwardRig } from './forward-rig';

/** Rests are over at once. */
const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() * 1_000_000 };
const taken: Reception = { kind: 'taken' };
const away: Reception = { kind: 'away', reason: 'it answered 500' };

describe('an online status over which the receiver fails', () => {
  let rig: ForwardRig;
  let receive: (body: string) => Reception;
  let sent: string[];
  let letters: string[];

  const keep = (name: string, body: string) =>
    rig.target.keep({
      name,
      contentType: null,
      receivedAtMs: clock.now(),
      bytes: Buffer.from(body),
    });

  beforeEach(async () => {
    [sent, letters] = [[], []];
    rig = await ForwardRig.open(clock, {
      send: (event) => {
        const body = event.bytes.toString();
        sent.push(body);
        return Promise.resolve(receive(body));
      },
      isFull: () => false,
      deadLetters: {
        add: (added) => {
          for (const { reason, body } of added) letters.push(`${reason} ${body.toString()}`);
          return Promise.resolve();
        },
      },
    });
    rig.target.start();
  });

  afterEach(() => rig[Symbol.asyncDispose]());

  it('is given up while the receiver takes other events, so that the later ones follow', async () => {
    receive = (body) => (body === 'bad' ? away : taken);
    await keep('user.onlinestatus', 'bad');
    // Each append wakes its lane.
    while (!sent.includes('status')) {
      await keep('msg.notify', 'message');
      await keep('user.onlinestatus', 'status');
    }
    expect(letters).toEqual(['forward_refused bad']);
    expect(sent.filter((body) => body === 'bad').length).toBeGreaterThanOrEqual(9);
  });

  it('waits where the receiver takes nothing else either', async () => {
    let isBack = false;
    receive = () => (isBack ? taken : away);
    await keep('user.onlinestatus', 'first');
    while (sent.filter((body) => body === 'first').length < 30) {
      await keep('msg.notify', 'message');
      await keep('user.onlinestatus', 'second');
    }
    isBack = true;
    while (!sent.includes('second')) await keep('user.onlinestatus', 'second');
    expect(letters).toEqual([]);
  });
});
