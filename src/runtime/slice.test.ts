import { Slice } from './slice';

describe('Slice', () => {
  it('is over once it has taken long enough, and rests until others have been served', async () => {
    const slice = new Slice();
    while (!slice.isOver);
    let served = false;
    setImmediate(() => (served = true));
    await slice.rest();
    expect(served).toBe(true);
    while (!slice.isOver);
  });
});
