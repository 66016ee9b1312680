import { SeenUids } from './seen-uids';

describe('SeenUids', () => {
  it.each([3, 4_096, 4_097, 50_000])('knows each of %d uids, and takes none for another', (count) => {
    const uids: string[] = [];
    const seen = new SeenUids((position) => uids[position] ?? '');
    const add = (uid: string): boolean => {
      const isNew = seen.add(uid);
      if (isNew) uids.push(uid);
      return isNew;
    };
    for (let index = 0; index < count; index += 1) {
      expect(add(`user${index}`)).toBe(true);
      if (index % 7 === 0) expect(add(`user${index >> 1}`)).toBe(false);
    }
    for (let index = 0; index < count; index += 1) expect(add(`user${index}`)).toBe(false);
    expect(add('用户')).toBe(true);
    expect(add('用户')).toBe(false);
    expect(uids).toHaveLength(count + 1);
  });
});
