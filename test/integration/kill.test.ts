import { closeConnections } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { runKill } from '../kill/kill-run';

/** Three short runs of `npm run test:kill`: killed between answer and settle, within a settle, and at any time. */
describe('kill -9 in the middle of a burst', () => {
  let fakes: Fakes;

  beforeAll(async () => {
    fakes = await Fakes.start();
  });

  afterAll(async () => {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
  });

  it.each([1, 2, 4])(
    'loses nothing that was answered 200, and repeats no more than was in flight (seed %i)',
    async (seed) => {
      const result = await runKill(fakes, { seed, messages: 500, timeoutMs: 55_000 });
      expect(result.failures).toEqual([]);
      expect(result.answered).toBeGreaterThan(0);
      expect(result.atKill.begun).toBeGreaterThan(0);
    },
    60_000,
  );
});
