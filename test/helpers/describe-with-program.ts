import { spawnSync } from 'node:child_process';

/** `describe` where a program is installed. Without it the tests are skipped, which is said, and under `CI=true` they fail. */
export function describeWithProgram(
  { command, args, aptPackage }: { command: string; args: readonly string[]; aptPackage: string },
  name: string,
  body: () => void,
): void {
  if (spawnSync(command, args).status === 0) {
    describe(name, body);
    return;
  }
  const missing = `${command} is not on the PATH (apt-get install ${aptPackage})`;
  if (process.env['CI'] === 'true') {
    describe(name, () => {
      it(`finds ${command}`, () => {
        throw new Error(missing);
      });
    });
    return;
  }
  process.stderr.write(`tests ${name} are skipped: ${missing}\n`);
  describe.skip(name, body);
}
