import { SpareBuffers } from './spare-buffers';

const large = 3_500_000;

describe('SpareBuffers', () => {
  it('gives out what was given back, at whatever length', () => {
    const spares = new SpareBuffers();
    const first = spares.take(large);
    expect(first).toHaveLength(large);
    spares.giveBack(first);
    const second = spares.take(2_000_000);
    expect(second).toHaveLength(2_000_000);
    expect(second.buffer).toBe(first.buffer);
  });

  it('gives nothing out twice', () => {
    const spares = new SpareBuffers();
    expect(spares.take(large).buffer).not.toBe(spares.take(large).buffer);
  });

  it('keeps neither small ones, nor very large ones, nor what shares its memory', () => {
    const spares = new SpareBuffers();
    for (const buffer of [
      spares.take(1_000),
      spares.take(5_000_000),
      Buffer.from('shared'),
      Buffer.alloc(large),
    ]) {
      spares.giveBack(buffer);
      expect(spares.take(large).buffer).not.toBe(buffer.buffer);
    }
  });
});
