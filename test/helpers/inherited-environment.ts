/** What every process of a test gets of this one's environment: where programs are, and the clock where libfaketime shifts it. */
export function inheritedEnvironment(): Record<string, string> {
  const { PATH = '', LD_PRELOAD = '', FAKETIME, DONT_FAKE_MONOTONIC = '' } = process.env;
  return FAKETIME === undefined ? { PATH } : { PATH, LD_PRELOAD, FAKETIME, DONT_FAKE_MONOTONIC };
}
