import { hashOf, MarkFilter } from './mark-filter';
import { MarkHour } from './mark-hour';

const key = (number: number): number => hashOf(`c:${number}`);

function filled(rows: number): { hour: MarkHour; slots: number[]; completed: Map<number, MarkFilter> } {
  const hour = new MarkHour();
  const completed = new Map<number, MarkFilter>();
  const slots = Array.from({ length: rows }, (_, number) =>
    hour.place(key(number), (slot, filter) => completed.set(slot, filter)),
  );
  return { hour, slots, completed };
}

describe('the marks of an hour', () => {
  it('are put behind each other, slot after slot, and are found in theirs', () => {
    const { hour, slots, completed } = filled(20_000);
    expect(slots).toEqual([...slots].sort((one, other) => one - other));
    const full = Math.floor(20_000 / MarkFilter.forKeys(1_024).capacity);
    expect(slots.slice(-1)).toEqual([full]);
    expect([...completed.keys()]).toEqual(Array.from({ length: full }, (_, slot) => slot));
    slots.forEach((slot, number) => {
      if (!hour.mayHave(key(number)).includes(slot)) throw new Error(`${number} is lost`);
    });
    const others = Array.from({ length: 20_000 }, (_, number) => hour.mayHave(key(number + 1e6)).length);
    expect(others.reduce((sum, found) => sum + found, 0)).toBeLessThan(1_500);
  });

  it('go on behind the slots of earlier processes, which may hold anything where no filter says otherwise', () => {
    const { completed } = filled(1_638);
    const hour = new MarkHour();
    hour.found(0, completed.get(0) ?? null);
    hour.found(1, null);
    expect(hour.mayHave(key(5))).toEqual([0, 1]);
    expect(hour.mayHave(key(1e6))).toEqual([1]);
    expect(hour.place(key(1e6), () => {})).toBe(2);
    expect(hour.mayHave(key(1e6))).toEqual([1, 2]);
  });

  it('are looked for everywhere once there are too many for filters', () => {
    const { hour, slots } = filled(4_300_000);
    const [last] = slots.slice(-1);
    expect(hour.mayHave(key(1e9))).toContain(last);
    for (const number of [0, 1, 999_999, 4_299_999])
      expect(hour.mayHave(key(number))).toContain(slots[number]);
  });

  it('stand in few slots, however many they are', () => {
    const { slots } = filled(1_000_000);
    expect(Math.max(...slots.slice(-1))).toBeLessThan(500);
  });
});
