import { closeConnections } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { runKill } from '../kill/kill-run';

/** Two short runs of `npm run test:kill`, which has more points and more times to kill at. */
describe('kill -9 in the middle of a burst', () => {
  let fakes: Fakes;

  beforeAll(async () => {
    fakes = await Fakes.start();
  });

  afterAll(async () => {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
  });

  it.each([1, 2])(
    'loses nothing that was answered 200, and repeats no more than was in flight (seed %i)',
    async (seed) => {
      const result = await runKill(fakes, { seed, messages: 500, timeoutMs: 110_000 });
      expect(result.failures).toEqual([]);
      expect(result.answered).toBeGreaterThan(0);
      expect(result.atKill.begun).toBeGreaterThan(0);
    },
  );
});
