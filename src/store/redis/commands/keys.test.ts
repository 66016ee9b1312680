import { Keys } from './keys';

const keys = new Keys('wpr:');
/** As Redis finds it: between the first brace and the first closing one after it. */
const hashTag = (key: string): string | undefined => /\{([^}]+)\}/.exec(key)?.[1];

describe('Keys', () => {
  it.each(['alice', '', '}', '{', '}{', '{a}:b', 'a}:dev', '100%', '%7b', '用户', 'a b'])(
    'puts all of uid %p on one slot, and finds the uid again',
    (uid) => {
      const all = [
        keys.devices(uid),
        keys.marks(uid),
        keys.preferences(uid),
        keys.badges(uid),
        keys.presence(uid),
        keys.userProfile(uid),
        keys.registrationOver(uid, 'r1'),
      ];
      expect(new Set(all.map(hashTag)).size).toBe(1);
      expect(hashTag(keys.devices(uid))).toBeTruthy();
      expect(new Set(all).size).toBe(all.length);
      expect(keys.uidOfDevices(keys.devices(uid))).toBe(uid);
    },
  );

  it('gives different uids different keys', () => {
    const uids = ['{', '%7b', '%257b', '}', '%', '%25', ''];
    expect(new Set(uids.map((uid) => keys.devices(uid))).size).toBe(uids.length);
  });

  it('takes no other key for one of devices', () => {
    for (const key of [keys.marks('a'), keys.deadLetters(), keys.deviceCounts(), 'other:{a}:dev'])
      expect(keys.uidOfDevices(key)).toBeNull();
  });

  it('keeps all of a partition on one slot', () => {
    expect(hashTag(keys.stream(3, 'direct'))).toBe('i3');
    expect(hashTag(`${keys.partition(3)}b:{x}`)).toBe('i3');
  });

  it('looks for devices under its own prefix, whatever that is made of', () => {
    expect(new Keys('a*[b]?').devicesPattern()).toBe('a\\*\\[b\\]\\?{*}:dev');
  });
});
