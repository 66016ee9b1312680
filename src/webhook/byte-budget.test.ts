import { ByteBudget, type ByteLease } from './byte-budget';

describe('ByteBudget', () => {
  const ask = (budget: ByteBudget, bytes: number) => {
    const given: { lease: ByteLease | null } = { lease: null };
    void budget.lease(bytes).then((lease) => (given.lease = lease));
    return given;
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('grants while there is room, then in order', async () => {
    const budget = new ByteBudget(100);
    const [first, second, third] = [ask(budget, 60), ask(budget, 60), ask(budget, 10)];
    await turn();
    expect([first.lease, second.lease, third.lease].map((lease) => lease !== null)).toEqual([
      true,
      false,
      false,
    ]);
    first.lease?.release();
    first.lease?.release();
    await turn();
    expect([second.lease, third.lease].map((lease) => lease !== null)).toEqual([true, true]);
  });

  it('grants more than everything when nothing else is held', async () => {
    const budget = new ByteBudget(0);
    const [first, second] = [ask(budget, 500), ask(budget, 500)];
    await turn();
    expect([first.lease !== null, second.lease !== null]).toEqual([true, false]);
    first.lease?.release();
    await turn();
    expect(second.lease).not.toBeNull();
  });
});
