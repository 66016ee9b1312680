import type { Presence } from '../domain/presence';
import { judgePresence } from './judge-presence';

const nowMs = 1_800_000_000_000;
const hourMs = 3_600_000;

function presence(flags: readonly (readonly [number, number])[], ageMs = 5_000): Presence {
  return {
    flags: flags.map(([deviceFlag, connections]) => ({
      deviceFlag,
      connections,
      changedAtMs: nowMs - ageMs,
    })),
    lastSeenAtMs: nowMs - ageMs,
  };
}

describe('judgePresence', () => {
  it('is unknown where no event named the uid', () => {
    expect(judgePresence('alice', null, nowMs)).toEqual({ online: null, ageSeconds: null, flags: [] });
  });

  it.each([
    [[[0, 1]], true, [true]],
    [[[0, 0]], false, [false]],
    [
      [
        [0, 0],
        [1, 2],
      ],
      true,
      [false, true],
    ],
    [
      [
        [0, 1],
        [1, 1],
      ],
      true,
      [null, null],
    ],
  ] as const)('judges %j', (flags, online, each) => {
    const judged = judgePresence('alice', presence(flags), nowMs);
    expect([judged.online, judged.ageSeconds, judged.flags.map((flag) => flag.online)]).toEqual([
      online,
      5,
      each,
    ]);
  });

  it('ages out, online and offline alike', () => {
    for (const connections of [0, 1]) {
      expect(judgePresence('alice', presence([[0, connections]], hourMs), nowMs).online).toBe(
        connections > 0,
      );
      const old = judgePresence('alice', presence([[0, connections]], hourMs + 1), nowMs);
      expect([old.online, old.ageSeconds, old.flags[0]?.online]).toEqual([null, 3_600, null]);
    }
  });

  it('takes a time in the future as now', () => {
    expect(judgePresence('alice', presence([[0, 1]], -8 * hourMs), nowMs)).toMatchObject({
      online: true,
      ageSeconds: 0,
    });
  });

  it.each(['bob', 'user74', 'user81', 'u-910', 'u-1210', 'u-1540'])(
    'does not believe that %s is online, because v2 never reports the opposite',
    (uid) => {
      expect(judgePresence(uid, presence([[0, 1]]), nowMs)).toMatchObject({
        online: null,
        flags: [{ online: null }],
      });
      expect(judgePresence(uid, presence([[0, 0]]), nowMs).online).toBe(false);
    },
  );
});
